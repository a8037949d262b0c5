begin;

drop function api.booking_outcomes(timestamptz, timestamptz, text);

commit;
