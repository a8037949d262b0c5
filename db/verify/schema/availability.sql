begin;

select 'booking.terms'::regtype, 'booking.candidate'::regtype, 'booking.search'::regtype, 'booking.available_resource'::regtype, 'booking.slot'::regtype, 'booking.stretch'::regtype;

rollback;
