-- The queue of proposals, by keys alone.
create or replace view report.duplicate_proposal as
select proposal_id, kind, left_system, left_key, right_system, right_key, cluster, score, reason, state, decided_by,
    decided_at, first_seen_at, last_seen_at
from sync.duplicate_proposal;

comment on view report.duplicate_proposal is
    'Pairs of records that may be one customer or product, and what people decided; nothing is merged by itself';
comment on column report.duplicate_proposal.proposal_id is 'The number by which a person accepts or rejects it';
comment on column report.duplicate_proposal.kind is 'customers or products';
comment on column report.duplicate_proposal.left_system is 'Partner system of the one record';
comment on column report.duplicate_proposal.left_key is 'Key of the one record at its partner system';
comment on column report.duplicate_proposal.right_system is 'Partner system of the other record';
comment on column report.duplicate_proposal.right_key is 'Key of the other record at its partner system';
comment on column report.duplicate_proposal.cluster is
    'system/key of the first of all records that hang together by proposals nobody rejected: equal for all of one entity';
comment on column report.duplicate_proposal.score is 'From 0 to 1, how much speaks for it; no probability';
comment on column report.duplicate_proposal.reason is 'What the two share, in words; no name, number or address';
comment on column report.duplicate_proposal.state is
    'open: waits for a person; accepted, rejected: decided; withdrawn: no longer matches, and nobody had decided';
comment on column report.duplicate_proposal.decided_by is 'Who accepted or rejected it; null while nobody did';
comment on column report.duplicate_proposal.decided_at is 'When it was accepted or rejected; null while it was not';
comment on column report.duplicate_proposal.first_seen_at is 'When a comparison first found it';
comment on column report.duplicate_proposal.last_seen_at is 'When a comparison last found it';
