"""Ordered reports while somebody sets the clock: an order is as old as the time that really passed."""
import datetime
import os
import subprocess
import unittest
import unittest.mock

from harness import RELEASE, wait_until
from it_order_troubles import Troubles

HOUR_S = 3600
NOTICED_S = 60      # the clocks are compared each half minute

# In place of the wall clock: the true one, and as many seconds as a file says.
CLOCK_C = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *ts)
{
	long rc = syscall(SYS_clock_gettime, id, ts);
	const char *path = getenv("CLOCK_FILE");
	char text[32] = "";
	int fd;

	if (rc != 0 || id != CLOCK_REALTIME || path == NULL || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return (int)rc;
	if (read(fd, text, sizeof(text) - 1) > 0)
		ts->tv_sec += atol(text);
	(void)close(fd);
	return 0;
}
"""


class SetClock(Troubles):
    program = RELEASE           # a sanitizer would have to be the first library

    def setUp(self):
        super().setUp()
        self.clock_file = os.path.join(self.folder, "clock")
        source, self.preload = os.path.join(self.folder, "clock.c"), os.path.join(self.folder, "clock.so")
        with open(source, "w", encoding="utf-8") as f:
            f.write(CLOCK_C)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.preload, source], check=True, timeout=60)
        self.set_clock(0)

    def set_clock(self, seconds):
        with open(self.clock_file + ".new", "w", encoding="utf-8") as f:
            f.write(str(seconds))
        os.replace(self.clock_file + ".new", self.clock_file)

    def with_clock(self):
        """For what is started meanwhile."""
        return unittest.mock.patch.dict(os.environ, {"LD_PRELOAD": self.preload, "CLOCK_FILE": self.clock_file})

    def until(self):
        """When it is late, as `status` has it."""
        text = self.report_status("delivery-csv")["job"]["until"]
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

    def wait_moved(self, before, seconds):
        wait_until(lambda: abs(self.until() - before - seconds) < 2, NOTICED_S, what=f"a time that is {seconds} s from {before}: {self.jobs()}")

    def begin_waiting(self, timeout="2m"):
        with self.with_clock():
            self.begin(timeout=timeout, every="240h")
        self.wait_job("waiting")
        return self.until()

    def assert_never_stale(self):
        self.assertEqual(self.daemon.metric('report_jobs_stale_total{account="passona",report="delivery-csv"}') or 0, 0)

    def test_set_forward(self):
        """Nothing is late, and the report that comes is the one that was ordered."""
        before = self.begin_waiting()
        self.set_clock(5 * HOUR_S)
        self.wait_moved(before, 5 * HOUR_S)
        self.assertEqual(self.job(), "waiting")
        self.good_mail()
        self.assert_never_stale()

    def test_set_back_and_killed(self):
        """It waits no longer than it would have, also after a restart."""
        before = self.begin_waiting()
        self.set_clock(-5 * HOUR_S)
        self.wait_moved(before, -5 * HOUR_S)
        self.daemon.kill()
        with self.with_clock():
            self.daemon.start()
        self.wait_job("waiting")
        # Adopted, it waits for two minutes at least: its whole time here, and not five hours.
        self.assertLess(self.until(), before - 5 * HOUR_S + 120)
        self.good_mail()
        self.assert_never_stale()


if __name__ == "__main__":
    unittest.main()
