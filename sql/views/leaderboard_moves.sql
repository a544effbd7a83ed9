-- Question: what moved on the leaderboards from one evaluation to the next, and what had changed?
-- Grain: Every board beside the one before it. Key: evaluation, source, system.
-- Columns: evaluation, made_at, source, system, rank_before, rank, rating_before, rating, rating_change,
--   more_battles, is_new, what_changed.
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
comment on column leaderboard_moves.evaluation is 'Number of the evaluation that changed the leaderboard, from 1';
comment on column leaderboard_moves.made_at is 'When, UTC';
comment on column leaderboard_moves.source is 'Whose verdicts';
comment on column leaderboard_moves.system is 'The system';
comment on column leaderboard_moves.rank_before is 'Its rank before; null for a new one';
comment on column leaderboard_moves.rank is 'Its rank';
comment on column leaderboard_moves.rating_before is 'Its rating before';
comment on column leaderboard_moves.rating is 'Its rating';
comment on column leaderboard_moves.rating_change is 'How far it moved';
comment on column leaderboard_moves.more_battles is 'Battles more than before';
comment on column leaderboard_moves.is_new is 'True where it was not on the board before';
comment on column leaderboard_moves.what_changed is 'Sources whose content had changed in between';
