/* SPDX-License-Identifier: MIT */
/* Against a real mosquitto. What a broker cannot be made to say is in test_mqtt_link.c. */
#include <arpa/inet.h>
#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <mosquitto.h>

#include "core/clock.h"
#include "core/metrics.h"
#include "publish/mqtt/publisher.h"
#include "tests/publish/mqtt/broker.h"

#define DEADLINE_MS 10000

struct fixture {
	struct broker broker;
	struct loop *loop;
	struct worker *worker;
	struct publisher *publisher;
	struct mosquitto *subscriber;
	struct publisher_conf conf;
	/* what publisher said */
	int ups, downs, acks, stops;
	unsigned receive_max;
	uint64_t token;
	unsigned reason;
	/* what the subscriber got */
	bool subscribed;
	int messages;
	char topic[128], payload[512], properties[512];
	bool retain;
};

static void on_up(void *arg, unsigned receive_max)
{
	struct fixture *f = arg;

	f->ups++;
	f->receive_max = receive_max;
}

static void on_down(void *arg)
{
	((struct fixture *)arg)->downs++;
}

static void on_ack(void *arg, uint64_t token, unsigned reason)
{
	struct fixture *f = arg;

	f->acks++;
	f->token = token;
	f->reason = reason;
}

static void on_stopped(void *arg)
{
	((struct fixture *)arg)->stops++;
}

static const struct publisher_ops ops = {on_up, on_down, on_ack};

static void note_properties(struct fixture *f, const mosquitto_property *p)
{
	size_t len = 0;

	f->properties[0] = '\0';
	for (; p != NULL; p = mosquitto_property_next(p)) {
		int id = mosquitto_property_identifier(p);
		char *name = NULL;
		char *value = NULL;
		uint32_t number = 0;
		uint8_t byte = 0;

		if (id == MQTT_PROP_USER_PROPERTY)
			(void)mosquitto_property_read_string_pair(p, id, &name, &value, false);
		else if (id == MQTT_PROP_CONTENT_TYPE)
			(void)mosquitto_property_read_string(p, id, &value, false);
		else if (id == MQTT_PROP_MESSAGE_EXPIRY_INTERVAL)
			(void)mosquitto_property_read_int32(p, id, &number, false);
		else if (id == MQTT_PROP_PAYLOAD_FORMAT_INDICATOR)
			(void)mosquitto_property_read_byte(p, id, &byte, false);
		len += (size_t)snprintf(f->properties + len, sizeof(f->properties) - len,
		                        "%d:%s=%s%u;", id, name != NULL ? name : "",
		                        value != NULL ? value : "", number + byte);
		free(name);
		free(value);
	}
}

static void on_message(struct mosquitto *m, void *arg, const struct mosquitto_message *message,
                       const mosquitto_property *props)
{
	struct fixture *f = arg;

	(void)m;
	f->messages++;
	f->retain = message->retain;
	(void)snprintf(f->topic, sizeof(f->topic), "%s", message->topic);
	(void)snprintf(f->payload, sizeof(f->payload), "%.*s", message->payloadlen,
	               (const char *)message->payload);
	note_properties(f, props);
}

static void on_subscribed(struct mosquitto *m, void *arg, int mid, int count, const int *qos)
{
	(void)m;
	(void)mid;
	(void)count;
	(void)qos;
	((struct fixture *)arg)->subscribed = true;
}

static void turn(struct fixture *f)
{
	loop_turn(f->loop, 2);
	if (f->subscriber != NULL)
		(void)mosquitto_loop(f->subscriber, 0, 1);
}

/* Turn both loops until @p condition. */
#define WAIT_FOR(f, condition)                                     \
	do {                                                       \
		uint64_t deadline = clock_mono_ms() + DEADLINE_MS; \
		while (!(condition) && clock_mono_ms() < deadline) \
			turn(f);                                   \
		assert_true(condition);                            \
	} while (0)

static void subscribe(struct fixture *f, const char *filter)
{
	f->subscribed = false;
	f->subscriber = mosquitto_new("subscriber", true, f);
	assert_non_null(f->subscriber);
	assert_int_equal(mosquitto_int_option(f->subscriber, MOSQ_OPT_PROTOCOL_VERSION, 5), 0);
	mosquitto_message_v5_callback_set(f->subscriber, on_message);
	mosquitto_subscribe_callback_set(f->subscriber, on_subscribed);
	assert_int_equal(mosquitto_connect(f->subscriber, "127.0.0.1", f->broker.port, 60), 0);
	assert_int_equal(mosquitto_subscribe(f->subscriber, NULL, filter, 1), 0);
	WAIT_FOR(f, f->subscribed);
}

static void setup(struct fixture *f, const char *lines)
{
	*f = (struct fixture){.conf = {.host = "127.0.0.1",
	                               .version = 5,
	                               .client_id = "campaign2mqtt-gw1",
	                               .keepalive_s = 60,
	                               .topic_prefix = "campaigns/v1",
	                               .instance = "gw1"}};
	broker_init(&f->broker, lines);
	f->conf.port = f->broker.port;
	assert_int_equal(loop_new(&f->loop), ERR_OK);
	assert_int_equal(worker_new(f->loop, 8, &f->worker), ERR_OK);
}

static void begin(struct fixture *f)
{
	assert_int_equal(publisher_new(f->loop, f->worker, &f->conf, &ops, f, &f->publisher),
	                 ERR_OK);
	publisher_start(f->publisher);
}

static void teardown(struct fixture *f)
{
	publisher_free(f->publisher);
	worker_free(f->worker);
	mosquitto_destroy(f->subscriber);
	loop_free(f->loop);
	broker_fini(&f->broker);
	metrics_free();
}

static enum err send_text(struct fixture *f, const char *topic, const char *text, uint64_t token)
{
	const struct publisher_message message = {.topic = topic, .payload = str_from(text)};

	return publisher_send(f->publisher, &message, token);
}

static void announces_itself_when_connected(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "allow_anonymous true");
	broker_start(&f.broker);
	subscribe(&f, "campaigns/v1/_state/gw1");
	begin(&f);
	assert_false(publisher_is_up(f.publisher));
	WAIT_FOR(&f, f.ups == 1 && f.messages == 1);
	assert_true(publisher_is_up(f.publisher));
	assert_string_equal(publisher_trouble(f.publisher), "");
	assert_memory_equal(f.payload, "{\"state\":\"ready\",\"since\":\"20", 28);
	assert_int_equal(metric_get(METRIC_MQTT_CONNECTED, NULL, NULL, NULL)->value, 1);
	assert_int_equal(metric_get(METRIC_MQTT_CONNECTS, NULL, NULL, NULL)->value, 1);
	publisher_set_state(f.publisher, "degraded");
	WAIT_FOR(&f, f.messages == 2);
	assert_memory_equal(f.payload, "{\"state\":\"degraded\",\"since\":\"20", 31);
	teardown(&f);
}

static void a_message_arrives_with_its_properties(void **state)
{
	static const struct publisher_property properties[] = {{"id", "00ff"},
	                                                       {"subject", "campaigns/\xc3\xa9"}};
	const struct publisher_message message = {.topic = "t/1",
	                                          .payload = STR_LIT("{\"a\":1}"),
	                                          .content_type = "application/json",
	                                          .is_text = true,
	                                          .expiry_s = 604800,
	                                          .properties = properties,
	                                          .property_count = 2};
	struct fixture f;

	(void)state;
	setup(&f, "allow_anonymous true");
	broker_start(&f.broker);
	subscribe(&f, "t/#");
	begin(&f);
	WAIT_FOR(&f, f.ups == 1);
	assert_int_equal(publisher_send(f.publisher, &message, 77), ERR_OK);
	assert_int_equal(metric_get(METRIC_MQTT_INFLIGHT, NULL, NULL, NULL)->value, 1);
	WAIT_FOR(&f, f.acks == 1 && f.messages == 1);
	assert_int_equal(f.token, 77);
	assert_int_equal(f.reason, 0);
	assert_false(f.retain);
	assert_string_equal(f.payload, "{\"a\":1}");
	assert_non_null(strstr(f.properties, ":id=00ff0;"));
	assert_non_null(strstr(f.properties, ":subject=campaigns/\xc3\xa9"
	                                     "0;"));
	assert_non_null(strstr(f.properties, ":=application/json0;"));
	assert_non_null(strstr(f.properties, "1:=1;"));
	assert_non_null(strstr(f.properties, "2:=604"));
	assert_int_equal(metric_get(METRIC_MQTT_INFLIGHT, NULL, NULL, NULL)->value, 0);
	teardown(&f);
}

static void nobody_listening_is_told(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "allow_anonymous true");
	broker_start(&f.broker);
	begin(&f);
	WAIT_FOR(&f, f.ups == 1);
	assert_int_equal(send_text(&f, "t/1", "x", 5), ERR_OK);
	WAIT_FOR(&f, f.acks == 1);
	assert_int_equal(f.reason, 0x10);
	teardown(&f);
}

static void thousands_are_acknowledged_each_once(void **state)
{
	struct fixture f;
	uint64_t sent = 0;

	(void)state;
	setup(&f, "allow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0");
	broker_start(&f.broker);
	begin(&f);
	WAIT_FOR(&f, f.ups == 1);
	/* More than 65,535, so that packet identifiers are used again. */
	while (sent < 70000) {
		WAIT_FOR(&f, sent - (uint64_t)f.acks < 500);
		assert_int_equal(send_text(&f, "t/1", "x", ++sent), ERR_OK);
	}
	WAIT_FOR(&f, f.acks == 70000);
	teardown(&f);
}

static void comes_back_after_a_restart_of_the_broker(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "allow_anonymous true");
	broker_start(&f.broker);
	begin(&f);
	WAIT_FOR(&f, f.ups == 1);
	broker_kill(&f.broker);
	WAIT_FOR(&f, f.downs == 1);
	assert_false(publisher_is_up(f.publisher));
	assert_int_equal(send_text(&f, "t/1", "x", 5), ERR_AGAIN);
	WAIT_FOR(&f, strstr(publisher_trouble(f.publisher), "refused") != NULL);
	broker_start(&f.broker);
	WAIT_FOR(&f, f.ups == 2);
	assert_int_equal(f.downs, 1);
	assert_int_equal(send_text(&f, "t/1", "x", 6), ERR_OK);
	WAIT_FOR(&f, f.acks == 1);
	assert_int_equal(f.token, 6);
	teardown(&f);
}

static void begins_before_the_broker_does(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "allow_anonymous true");
	begin(&f);
	WAIT_FOR(&f, strcmp(publisher_trouble(f.publisher), "Connection refused") == 0);
	assert_int_equal(f.downs, 0);
	broker_start(&f.broker);
	WAIT_FOR(&f, f.ups == 1);
	teardown(&f);
}

/* In a process of its own: be connected until killed. */
static void be_connected(struct fixture *f)
{
	struct loop *loop = NULL;
	struct worker *worker = NULL;
	struct publisher *publisher = NULL;

	if (loop_new(&loop) != ERR_OK || worker_new(loop, 8, &worker) != ERR_OK ||
	    publisher_new(loop, worker, &f->conf, &ops, f, &publisher) != ERR_OK)
		_exit(1);
	publisher_start(publisher);
	_exit(loop_run(loop) == ERR_OK ? 0 : 1);
}

static void the_broker_says_lost_when_the_process_dies(void **state)
{
	struct fixture f;
	char since[64];
	pid_t pid;

	(void)state;
	setup(&f, "allow_anonymous true");
	broker_start(&f.broker);
	subscribe(&f, "campaigns/v1/_state/+");
	pid = fork();
	if (pid == 0)
		be_connected(&f);
	assert_true(pid > 0);
	WAIT_FOR(&f, f.messages == 1);
	assert_memory_equal(f.payload, "{\"state\":\"ready\",", 17);
	(void)snprintf(since, sizeof(since), "%s", strstr(f.payload, "\"since\""));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	WAIT_FOR(&f, f.messages == 2);
	assert_memory_equal(f.payload, "{\"state\":\"lost\",", 16);
	assert_string_equal(strstr(f.payload, "\"since\""), since);
	teardown(&f);
}

static void a_clean_stop_says_stopped_and_not_lost(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "allow_anonymous true");
	broker_start(&f.broker);
	subscribe(&f, "campaigns/v1/_state/gw1");
	begin(&f);
	WAIT_FOR(&f, f.messages == 1);
	publisher_stop(f.publisher, 5000, on_stopped, &f);
	assert_int_equal(f.stops, 0);
	WAIT_FOR(&f, f.stops == 1 && f.messages == 2);
	assert_memory_equal(f.payload, "{\"state\":\"stopped\",", 19);
	assert_int_equal(f.downs, 0);
	/* The next subscriber finds it retained, and nothing else came meanwhile. */
	mosquitto_destroy(f.subscriber);
	subscribe(&f, "campaigns/v1/_state/gw1");
	WAIT_FOR(&f, f.messages == 3);
	assert_true(f.retain);
	assert_memory_equal(f.payload, "{\"state\":\"stopped\",", 19);
	teardown(&f);
}

static void a_stop_without_connection_ends_too(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "allow_anonymous true");
	begin(&f);
	publisher_stop(f.publisher, 5000, on_stopped, &f);
	WAIT_FOR(&f, f.stops == 1);
	teardown(&f);
}

static void wrong_credentials_are_named_without_the_password(void **state)
{
	static const int versions[] = {5, 311};

	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		struct fixture f;

		setup(&f, "allow_anonymous false");
		f.conf.version = versions[i];
		f.conf.username = "gw1";
		f.conf.password = "hunter2";
		broker_start(&f.broker);
		begin(&f);
		WAIT_FOR(&f, strstr(publisher_trouble(f.publisher), "mqtt.username") != NULL);
		assert_null(strstr(publisher_trouble(f.publisher), "hunter2"));
		assert_int_equal(f.ups, 0);
		assert_int_equal(f.downs, 0);
		teardown(&f);
	}
}

static void speaks_3_1_1_too(void **state)
{
	static const struct publisher_property properties[] = {{"id", "00ff"}};
	const struct publisher_message message = {.topic = "t/1",
	                                          .payload = STR_LIT("x"),
	                                          .content_type = "application/json",
	                                          .is_text = true,
	                                          .expiry_s = 60,
	                                          .properties = properties,
	                                          .property_count = 1};
	struct fixture f;

	(void)state;
	setup(&f, "allow_anonymous true");
	f.conf.version = 311;
	broker_start(&f.broker);
	subscribe(&f, "t/#");
	begin(&f);
	WAIT_FOR(&f, f.ups == 1);
	assert_int_equal(f.receive_max, 65535);
	assert_int_equal(publisher_send(f.publisher, &message, 5), ERR_OK);
	WAIT_FOR(&f, f.acks == 1 && f.messages == 1);
	assert_int_equal(f.reason, 0);
	assert_string_equal(f.payload, "x");
	assert_string_equal(f.properties, "");
	teardown(&f);
}

static void the_brokers_packet_size_is_kept(void **state)
{
	struct fixture f;
	char text[301];

	(void)state;
	setup(&f, "allow_anonymous true\nmax_packet_size 300");
	broker_start(&f.broker);
	begin(&f);
	WAIT_FOR(&f, f.ups == 1);
	memset(text, 'x', sizeof(text));
	/* Header 1 + 2, topic 2 + 3, identifier 2, no properties 1. */
	text[300 - 11] = '\0';
	assert_int_equal(send_text(&f, "t/1", text, 1), ERR_OK);
	WAIT_FOR(&f, f.acks == 1);
	text[300 - 11] = 'x';
	text[300 - 10] = '\0';
	assert_int_equal(send_text(&f, "t/1", text, 2), ERR_LIMIT);
	assert_true(publisher_is_up(f.publisher));
	teardown(&f);
}

static void the_brokers_receive_maximum_is_told(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "allow_anonymous true\nmax_inflight_messages 7");
	broker_start(&f.broker);
	begin(&f);
	WAIT_FOR(&f, f.ups == 1);
	assert_int_equal(f.receive_max, 7);
	teardown(&f);
}

static void what_mqtt_forbids_is_refused(void **state)
{
	static const char *const topics[] = {"", "a/+", "a/#", "a/\xff"};
	static const struct publisher_property properties[] = {{"id", "\xff"}};
	const struct publisher_message message = {
		.topic = "t", .properties = properties, .property_count = 1};
	struct fixture f;

	(void)state;
	setup(&f, "allow_anonymous true");
	broker_start(&f.broker);
	begin(&f);
	WAIT_FOR(&f, f.ups == 1);
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		assert_int_equal(send_text(&f, topics[i], "x", 5), ERR_INVAL);
	assert_int_equal(publisher_send(f.publisher, &message, 6), ERR_INVAL);
	assert_true(publisher_is_up(f.publisher));
	teardown(&f);
}

static void make_certificate(const struct fixture *f, const char *name, char *ret_cert,
                             char *ret_key)
{
	(void)snprintf(ret_cert, 128, "%s/%s.pem", f->broker.folder, name);
	(void)snprintf(ret_key, 128, "%s/%s.key", f->broker.folder, name);
	const char *const argv[] = {"openssl", "req",    "-x509",   "-newkey", "rsa:2048",
	                            "-nodes",  "-days",  "2",       "-subj",   "/CN=localhost",
	                            "-out",    ret_cert, "-keyout", ret_key,   NULL};

	assert_true(broker_run(argv));
}

static void tls_is_verified_by_name_and_authority(void **state)
{
	static const struct {
		const char *host;
		bool right_ca;
		const char *trouble; /* NULL: it connects */
	} cases[] = {
		{"localhost", true, NULL},
		{"localhost", false, "certificate verify failed"},
		{"127.0.0.1", true, "host name verification failed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char cert[128], key[128], other[128], other_key[128], lines[512];
		struct fixture f;
		FILE *conf;

		setup(&f, "");
		make_certificate(&f, "broker", cert, key);
		make_certificate(&f, "other", other, other_key);
		(void)snprintf(lines, sizeof(lines),
		               "listener %u\nuser root\nallow_anonymous true\ncertfile %s\nkeyfile "
		               "%s\n",
		               f.broker.port, cert, key);
		conf = fopen(f.broker.conf, "w");
		assert_non_null(conf);
		assert_true(fputs(lines, conf) >= 0);
		assert_int_equal(fclose(conf), 0);
		f.conf.host = cases[i].host;
		f.conf.tls = true;
		f.conf.ca = cases[i].right_ca ? cert : other;
		broker_start(&f.broker);
		begin(&f);
		if (cases[i].trouble == NULL) {
			WAIT_FOR(&f, f.ups == 1);
			assert_int_equal(send_text(&f, "t/1", "x", 5), ERR_OK);
			WAIT_FOR(&f, f.acks == 1);
		} else {
			WAIT_FOR(&f,
			         strstr(publisher_trouble(f.publisher), cases[i].trouble) != NULL);
			assert_int_equal(f.ups, 0);
		}
		teardown(&f);
	}
}

static void a_broker_that_never_answers_is_given_up(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(a);
	struct fixture f;

	(void)state;
	/* The kernel takes the connection; nobody ever looks at it. */
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	setup(&f, "");
	f.conf.port = ntohs(a.sin_port);
	f.conf.connect_timeout_ms = 200;
	begin(&f);
	WAIT_FOR(&f, strcmp(publisher_trouble(f.publisher), "the broker does not answer") == 0);
	assert_int_equal(f.ups, 0);
	assert_int_equal(close(listener), 0);
	teardown(&f);
}

static void a_missing_ca_file_is_named(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, "allow_anonymous true");
	f.conf.tls = true;
	f.conf.ca = "/nonexistent/ca.pem";
	begin(&f);
	WAIT_FOR(&f, strstr(publisher_trouble(f.publisher), "mqtt.ca") != NULL);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(announces_itself_when_connected),
		cmocka_unit_test(a_message_arrives_with_its_properties),
		cmocka_unit_test(nobody_listening_is_told),
		cmocka_unit_test(thousands_are_acknowledged_each_once),
		cmocka_unit_test(comes_back_after_a_restart_of_the_broker),
		cmocka_unit_test(begins_before_the_broker_does),
		cmocka_unit_test(the_broker_says_lost_when_the_process_dies),
		cmocka_unit_test(a_clean_stop_says_stopped_and_not_lost),
		cmocka_unit_test(a_stop_without_connection_ends_too),
		cmocka_unit_test(wrong_credentials_are_named_without_the_password),
		cmocka_unit_test(speaks_3_1_1_too),
		cmocka_unit_test(the_brokers_packet_size_is_kept),
		cmocka_unit_test(the_brokers_receive_maximum_is_told),
		cmocka_unit_test(what_mqtt_forbids_is_refused),
		cmocka_unit_test(tls_is_verified_by_name_and_authority),
		cmocka_unit_test(a_broker_that_never_answers_is_given_up),
		cmocka_unit_test(a_missing_ca_file_is_named),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
