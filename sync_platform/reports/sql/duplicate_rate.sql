-- The duplicate entity rate as it was measured, newest first.
select * from report.duplicate_rate
