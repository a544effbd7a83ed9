-- When a judge says 70 percent, how often is it right?
create table reliability_curve (
    judge text not null,
    strategy text not null,
    bin integer not null,
    mean_probability double not null,
    frequency double not null,
    pairs integer not null
);
comment on table reliability_curve is 'One row a judge, strategy and tenth of probability that occurs. Key: judge, strategy, bin.';
comment on column reliability_curve.judge is 'The judge';
comment on column reliability_curve.strategy is 's1 to s4';
comment on column reliability_curve.bin is '0 for probabilities below 0.1, up to 9';
comment on column reliability_curve.mean_probability is 'Mean p_a1 / (p_a1 + p_a2) in the bin';
comment on column reliability_curve.frequency is 'Share of these pairs on which people prefer a1';
comment on column reliability_curve.pairs is 'Pairs in the bin';
