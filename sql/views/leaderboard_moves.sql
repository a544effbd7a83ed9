-- Question: what moved on the leaderboards from one evaluation to the next, and what had changed?
-- Grain and key: evaluation, source, system.
create or replace view leaderboard_moves as
select
    now.evaluation, now.made_at, now.source, now.system,
    before.rank as rank_before, now.rank, before.rating as rating_before, now.rating,
    now.rating - before.rating as rating_change,
    now.battles - coalesce(before.battles, 0) as more_battles,
    before.system is null as is_new,
    list_filter(
        json_keys(now.made_from),
        lambda part: json_extract(now.made_from, '$.' || part)::text
            is distinct from json_extract(before.made_from, '$.' || part)::text
    ) as what_changed
from leaderboard_history as now
left join leaderboard_history as before
    on before.evaluation = now.evaluation - 1 and before.source = now.source and before.system = now.system;
comment on view leaderboard_moves is 'Every board beside the one before it. Key: evaluation, source, system.';
