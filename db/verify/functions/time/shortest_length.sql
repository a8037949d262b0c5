begin;

select 'booking.shortest_length(interval)'::regprocedure;

rollback;
