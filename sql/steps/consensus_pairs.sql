-- Question: on which pairs do people agree, and on what?
-- Grain: a pair. Key: pair_id.
-- Rule: variable consensus_rule, `unanimous` (default) or `majority` (more than half), both of two qualified votes or more;
-- or `single`: more than half, and one vote is enough. Where no pair has two votes, single is what is left.
-- A data set without votes keeps its published labels; one without any label keeps all pairs, unlabelled.
with
counted as (
    select pair_id, vote, count(*) as votes
    from annotations
    join annotators using (annotator)
    where annotators.qualified
    group by all
),
tallied as (
    select pair_id, max_by(vote, votes) as top_vote, max(votes) as top_votes, sum(votes)::integer as votes
    from counted
    group by pair_id
),
rules as (
    select if(max(votes) = 1, 'single', coalesce(getvariable('consensus_rule'), 'unanimous')) as rule
    from tallied
),
agreed as (
    select
        pair_id, top_vote as preference, votes,
        case when votes = 1 then 'single' when rule = 'single' then 'majority' else rule end as provenance
    from tallied
    cross join rules
    where
        (votes >= 2 or rule = 'single')
        and if(rule = 'unanimous', top_votes = votes, top_votes * 2 > votes)
),
published as (
    select pair_id, published_preference as preference, 'published' as provenance, null::integer as votes
    from raw_pairs
    where published_preference is not null and not exists (from annotations)
),
unlabelled as (
    select pair_id, null::text as preference, 'unlabelled' as provenance, null::integer as votes
    from raw_pairs
    where not exists (from annotations) and not exists (from published)
),
labelled as (
    from agreed
    union all by name
    from published
    union all by name
    from unlabelled
)
select pair_id, raw_pairs.clip_id, preference, provenance, labelled.votes, raw_pairs.position
from labelled
join raw_pairs using (pair_id)
order by raw_pairs.position;
