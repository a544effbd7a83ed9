-- Question: what should a reader of the leaderboard know about a submitted system, beside its rank?
-- Grain: One row a submitted system whose texts speak to the judge, or about which an organiser has decided. Key: system.
-- Columns: system, state, mark.
create or replace view marked_systems as
with
found as (
    select system, string_agg(distinct rule, ', ' order by rule) as rules, count(distinct clip_id) as places
    from submission_findings
    where rule in ('instruction', 'role_tag', 'verdict_template', 'speaks_of_the_other')
    group by system
),
newest as (select * from submissions where kind = 'system' and newest)
select
    newest.name as system, newest.state,
    concat_ws(
        '; ',
        'texts speak to the judge on ' || found.places || if(found.places = 1, ' clip (', ' clips (') || found.rules || ')',
        newest.state || ' by ' || newest.decided_by || coalesce(': ' || newest.note, '')
    ) as mark
from newest
left join found on found.system = newest.name
where mark <> '';
comment on view marked_systems is 'One row a submitted system whose texts speak to the judge, or about which an organiser has decided. Key: system.';
comment on column marked_systems.system is 'The system';
comment on column marked_systems.state is 'As in table submissions';
comment on column marked_systems.mark is 'What screening found in its texts that speaks to a judge, and what an organiser decided and why';
