begin;

drop function booking.quota_use(uuid, uuid, text, text, uuid, timestamptz, timestamptz, uuid[]);

commit;
