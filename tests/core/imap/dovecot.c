/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* nftw */
#include "tests/core/imap/dovecot.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"

#define WAIT_MS   20000
#define NOBODY    65534
#define PATH_SIZE 192

static uid_t mail_owner(void)
{
	return geteuid() == 0 ? NOBODY : geteuid();
}

static gid_t mail_group(void)
{
	return geteuid() == 0 ? NOBODY : getegid();
}

static void name(const struct dovecot *d, char *ret_path, const char *file)
{
	int len = snprintf(ret_path, PATH_SIZE, "%s/%s", d->path, file);

	assert_true(len > 0 && len < PATH_SIZE);
}

static void give(const char *path)
{
	assert_int_equal(chown(path, mail_owner(), mail_group()), 0);
}

static void add_folder(const struct dovecot *d, const char *file)
{
	char path[PATH_SIZE];

	name(d, path, file);
	assert_int_equal(mkdir(path, 0755), 0);
	give(path);
}

static void put(const char *path, const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	give(path);
}

/* A port that was free a moment ago. */
static uint16_t free_port(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	assert_int_equal(close(fd), 0);
	return ntohs(in.sin_port);
}

/* Run a program with its folder as working directory, silently. */
static void run(const struct dovecot *d, const char *const *args)
{
	char *argv[32] = {NULL};
	int status = 0;
	pid_t pid = fork();

	for (size_t i = 0; args[i] != NULL; i++)
		argv[i] = (char *)(uintptr_t)args[i];
	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		(void)dup2(null, 1);
		(void)dup2(null, 2);
		if (chdir(d->path) == 0)
			(void)execvp(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define EC "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"

static void make_certificates(struct dovecot *d)
{
	static const char *const ca[] = {"openssl", "req",           "-x509", EC,
	                                 "-keyout", "ca.key",        "-out",  "ca.pem",
	                                 "-subj",   "/CN=authority", NULL};
	static const char *const other[] = {"openssl", "req",         "-x509", EC,
	                                    "-keyout", "other.key",   "-out",  "other.pem",
	                                    "-subj",   "/CN=another", NULL};
	static const char *const cert[] = {"openssl", "req",
	                                   "-x509",   EC,
	                                   "-CA",     "ca.pem",
	                                   "-CAkey",  "ca.key",
	                                   "-keyout", "server.key",
	                                   "-out",    "server.pem",
	                                   "-subj",   "/CN=server",
	                                   "-addext", "subjectAltName=IP:127.0.0.1",
	                                   "-addext", "basicConstraints=critical,CA:FALSE",
	                                   NULL};

	run(d, ca);
	run(d, other);
	run(d, cert);
	(void)snprintf(d->ca, sizeof(d->ca), "%s/ca.pem", d->path);
	(void)snprintf(d->other_ca, sizeof(d->other_ca), "%s/other.pem", d->path);
}

/* Root drops to Debian's users for it; anybody else is all of them at once. */
static void write_users(FILE *conf)
{
	const struct passwd *me = getpwuid(geteuid());

	assert_non_null(me);
	if (geteuid() == 0) {
		(void)fprintf(conf, "default_login_user = dovenull\n");
	} else {
		(void)fprintf(conf,
		              "default_login_user = %s\ndefault_internal_user = %s\n"
		              "default_internal_group = %u\n",
		              me->pw_name, me->pw_name, (unsigned)getegid());
	}
}

static void write_conf(const struct dovecot *d)
{
	char path[PATH_SIZE];
	FILE *conf;

	name(d, path, "dovecot.conf");
	conf = fopen(path, "w");
	assert_non_null(conf);
	write_users(conf);
	(void)fprintf(conf,
	              "base_dir = %s/run\nlog_path = %s/log\nprotocols = imap\n"
	              "listen = 127.0.0.1\ndisable_plaintext_auth = no\n"
	              "auth_mechanisms = plain\nmail_location = maildir:%s/mail\n"
	              "mailbox_list_index = no\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n"
	              "service anvil {\n chroot =\n}\nservice stats {\n chroot =\n}\n"
	              "passdb {\n driver = passwd-file\n args = %s/users\n}\n"
	              "userdb {\n driver = static\n args = uid=%u gid=%u home=%s/home\n}\n",
	              d->path, d->path, d->path, d->path, (unsigned)mail_owner(),
	              (unsigned)mail_group(), d->path);
	(void)fprintf(conf,
	              "service imap-login {\n chroot =\n inet_listener imap {\n  port = %u\n }\n"
	              " inet_listener imaps {\n  port = %u\n  ssl = yes\n }\n}\n",
	              d->port, d->tls_port);
	if (d->tls_port == 0) {
		(void)fprintf(conf, "ssl = no\n");
	} else {
		(void)fprintf(conf,
		              "ssl = yes\nssl_cert = <%s/server.pem\nssl_key = <%s/server.key\n",
		              d->path, d->path);
	}
	assert_int_equal(fclose(conf), 0);
}

static bool answers(uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char greeting[4];
	bool is_up;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	is_up = connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0 &&
	        recv(fd, greeting, sizeof(greeting), MSG_WAITALL) == sizeof(greeting) &&
	        memcmp(greeting, "* OK", sizeof(greeting)) == 0;
	(void)close(fd);
	return is_up;
}

/* One that was killed may have left it, and the next one would wait for two minutes. */
static void remove_lock(const struct dovecot *d)
{
	char lock[PATH_SIZE];

	name(d, lock, "mail/dovecot-uidlist.lock");
	(void)unlink(lock);
}

void dovecot_restart(struct dovecot *d)
{
	char conf[PATH_SIZE];
	uint64_t end = clock_mono_ms() + WAIT_MS;

	remove_lock(d);
	name(d, conf, "dovecot.conf");
	d->pid = fork();
	assert_true(d->pid >= 0);
	if (d->pid == 0) {
		int null = open("/dev/null", O_RDWR);

		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)setpgid(0, 0);
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that failed does not stop it */
		(void)execlp("dovecot", "dovecot", "-F", "-c", conf, (char *)NULL);
		(void)execl("/usr/sbin/dovecot", "dovecot", "-F", "-c", conf, (char *)NULL);
		_exit(127);
	}
	(void)setpgid(d->pid, d->pid);
	while (!answers(d->port)) {
		assert_true(clock_mono_ms() < end);
		assert_int_equal(waitpid(d->pid, NULL, WNOHANG), 0);
		(void)poll(NULL, 0, 10);
	}
}

void dovecot_start(struct dovecot *d, bool has_tls)
{
	char path[PATH_SIZE];

	*d = (struct dovecot){.path = "/tmp/campaign2mqtt-dovecot-XXXXXX"};
	assert_non_null(mkdtemp(d->path));
	assert_int_equal(chmod(d->path, 0755), 0);
	add_folder(d, "mail");
	add_folder(d, "mail/new");
	add_folder(d, "mail/cur");
	add_folder(d, "mail/tmp");
	add_folder(d, "home");
	name(d, path, "users");
	put(path, "ann:{PLAIN}secret\n", sizeof("ann:{PLAIN}secret\n") - 1);
	assert_int_equal(chmod(path, 0644), 0);
	d->port = free_port();
	d->tls_port = has_tls ? free_port() : 0;
	(void)snprintf(d->url, sizeof(d->url), "imap://127.0.0.1:%u", d->port);
	(void)snprintf(d->tls_url, sizeof(d->tls_url), "imaps://127.0.0.1:%u", d->tls_port);
	if (has_tls)
		make_certificates(d);
	write_conf(d);
	dovecot_restart(d);
}

/* The group is the one that dovecot_restart() made. */
void dovecot_kill(struct dovecot *d)
{
	if (d->pid <= 0)
		return;
	(void)kill(-d->pid, SIGKILL);
	(void)waitpid(d->pid, NULL, 0);
	d->pid = 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void dovecot_stop(struct dovecot *d)
{
	uint64_t end = clock_mono_ms() + WAIT_MS;

	dovecot_kill(d);
	/* Its children may still be about to write. */
	while (nftw(d->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 &&
	       access(d->path, F_OK) == 0) {
		assert_true(clock_mono_ms() < end);
		(void)poll(NULL, 0, 10);
	}
}

static void date(const char *path, int64_t received_s)
{
	struct timespec times[2] = {{.tv_sec = (time_t)received_s}, {.tv_sec = (time_t)received_s}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* A maildir's name begins with the time; the number keeps the order. */
static void mail_path(const struct dovecot *d, char *ret_path, unsigned number, const char *folder)
{
	int len = snprintf(ret_path, PATH_SIZE, "%s/mail/%s/1700000000.M%08uP1.test", d->path,
	                   folder, number);

	assert_true(len > 0 && len < PATH_SIZE);
}

unsigned dovecot_deliver(struct dovecot *d, const char *mail, size_t len, int64_t received_s)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	mail_path(d, from, ++d->mails, "tmp");
	mail_path(d, to, d->mails, "new");
	put(from, mail, len);
	date(from, received_s);
	assert_int_equal(rename(from, to), 0);
	return d->mails;
}

void dovecot_deliver_many(struct dovecot *d, const char *mail, size_t len, int64_t received_s,
                          unsigned count)
{
	char first[PATH_SIZE], path[PATH_SIZE];

	mail_path(d, first, dovecot_deliver(d, mail, len, received_s), "new");
	for (unsigned i = 1; i < count; i++) {
		mail_path(d, path, ++d->mails, "new");
		assert_int_equal(link(first, path), 0);
	}
}

/* "…test:2,S": its flags follow the comma. */
static bool is_marked(const char *file)
{
	const char *flags = strstr(file, ":2,");

	return flags != NULL && strchr(flags + 3, 'S') != NULL;
}

/* Seen ones, or all; @p only: of that number, "" any. */
static unsigned count_in(const struct dovecot *d, const char *folder, bool wants_seen,
                         const char *only)
{
	char path[PATH_SIZE];
	unsigned count = 0;
	const struct dirent *entry;
	DIR *dir;

	name(d, path, folder);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (strstr(entry->d_name, ".test") != NULL && strstr(entry->d_name, only) != NULL &&
		    (!wants_seen || is_marked(entry->d_name)))
			count++;
	}
	assert_int_equal(closedir(dir), 0);
	return count;
}

unsigned dovecot_count_seen(const struct dovecot *d)
{
	return count_in(d, "mail/cur", true, "");
}

unsigned dovecot_count(const struct dovecot *d)
{
	return count_in(d, "mail/cur", false, "") + count_in(d, "mail/new", false, "");
}

bool dovecot_is_seen(const struct dovecot *d, unsigned number)
{
	char only[32];

	(void)snprintf(only, sizeof(only), ".M%08uP1.", number);
	return count_in(d, "mail/cur", true, only) == 1;
}
