-- name: stock
-- What the last stock comparison of a day found.
select pairs, agreeing, oversold, differing, missing from sync.stock_comparison_day where business_day = %(day)s

-- name: customers
-- How many customers' records of a day are one too many.
select records, surplus, confirmed from sync.duplicate_rate
where kind = 'customers' and system = 'all' and business_day = %(day)s

-- name: products
-- How many proposals about products wait for a person, whatever the day.
select count(*) as open_proposals from sync.duplicate_proposal where kind = 'products' and state = 'open'
