-- The latest result of each rule for each entity and business day.
create or replace view report.check_result as
select system, entity, business_day, rule, severity, blocking, passed, observed, unexpected_count, element_count,
    evaluated_at, expected_low, expected_high
from sync.check_result;

comment on view report.check_result is 'The latest result of each rule: one row per system, entity, business day and rule';
comment on column report.check_result.system is 'Partner system, like pos';
comment on column report.check_result.entity is 'Kind of record of that system, like sales';
comment on column report.check_result.business_day is 'The day that was checked';
comment on column report.check_result.rule is 'The rule''s name in the contract, or that of a drift or volume check';
comment on column report.check_result.severity is 'critical, warning or info';
comment on column report.check_result.blocking is 'Whether a failure holds the day back';
comment on column report.check_result.passed is 'Whether the rule was kept; one that could not be run counts as not passed';
comment on column report.check_result.observed is 'What was found, in words; never a record''s values that are personal';
comment on column report.check_result.unexpected_count is 'Rows that broke the rule; null where it does not count rows';
comment on column report.check_result.element_count is 'Rows that were judged or, by volume, counted; null where it does not count rows';
comment on column report.check_result.evaluated_at is 'When the rule last ran on this day';
comment on column report.check_result.expected_low is
    'Fewest rows that are usual, which element_count is held against; null for what knows no band';
comment on column report.check_result.expected_high is 'Most rows that are usual';
