-- Are consistent judges also right?
create table recognition_and_consistency (
    method text not null,
    correlation double,
    low double,
    high double,
    judges integer not null
);
comment on table recognition_and_consistency is 'One row a coefficient, over judges at their best strategy, baselines left out; empty below four judges. Key: method.';
comment on column recognition_and_consistency.method is 'pearson or spearman';
comment on column recognition_and_consistency.correlation is 'Between waf_2class and swap_consistency';
comment on column recognition_and_consistency.low is 'Lower end of the 95 percent interval by Fisher''s z (Bonett and Wright 2000 for spearman)';
comment on column recognition_and_consistency.high is 'Upper end';
comment on column recognition_and_consistency.judges is 'Judges behind it';
