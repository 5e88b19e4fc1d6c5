-- How many changes of each entity are captured and not applied yet.
select system, entity, count(*) from sync.change where applied_load_id is null group by system, entity
