-- By which strategy does each judge stand on the board?
create table board_strategies (
    judge text not null,
    strategy text not null,
    kind text not null,
    check_failed boolean not null
);
comment on table board_strategies is 'One row a judge with scores: the strategy by which it stands on every board of judges. Key: judge.';
comment on column board_strategies.judge is 'The judge';
comment on column board_strategies.strategy is 'Its best strategy by waf_2class among those of which at most a fifth is failed or unparsed; among all where there are none';
comment on column board_strategies.kind is 'judge, baseline (content-blind), or left out: more than a fifth of its answers failed or unparsed, or a check of them failed (table judge_checks)';
comment on column board_strategies.check_failed is 'Whether a check of severity error failed on its answers';
