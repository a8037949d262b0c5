begin;

select status, blocks, runs_out, is_final, falls_through, counts_for_quotas, is_use, calendar_status from booking.reservation_statuses where false;

rollback;
