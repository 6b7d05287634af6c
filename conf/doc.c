/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "conf/conf.h"
#include "conf/scalar.h"
#include "conf/schema.h"

static const char head[] =
	"# Configuration\n"
	"\n"
	"<!-- Made from conf/schema.c; a test compares the two. Do not edit. -->\n"
	"\n"
	"One YAML file. Without `-c FILE` it is `$CAMPAIGN2MQTT_CONFIG`, else "
	"`./campaign2mqtt.yaml`, else\n"
	"`/etc/campaign2mqtt/campaign2mqtt.yaml`. Unknown keys are errors, and every error names "
	"file, "
	"line and key.\n"
	"`campaign2mqtt check` reads the file without starting anything; `check --print` shows "
	"every "
	"value in effect,\n"
	"secrets as `***`. Examples: `conf/examples/`.\n"
	"\n"
	"* In values `${NAME}` is replaced by an environment variable and `${file:PATH}` by a "
	"file's "
	"content without its\n"
	"  final newline. An unset variable, a missing or an empty file is an error. `$${` is a "
	"literal "
	"`${`.\n"
	"* Relative paths start at the folder of the configuration file.\n"
	"* A secret that is written into the file is accepted with a warning of `check` and "
	"`run`.\n"
	"* Sizes: `B KiB MiB GiB`. Durations: `ms s m h d`. One number and one unit, such as "
	"`16KiB` or "
	"`90s`.\n"
	"* A text with `:`, `#`, `{`, `[`, `*`, `&`, `!`, `@` or `%` belongs in quotes. Anchors, "
	"aliases "
	"and tags of YAML\n"
	"  are not supported.\n"
	"* SIGHUP (`systemctl reload`) loads the file again, completely or not at all. A change of "
	"a key "
	"marked *restart* is\n"
	"  refused until the daemon is restarted.\n";

static void write_cell(struct buf *b, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '|')
			(void)buf_append_char(b, '\\');
		(void)buf_append_char(b, text.ptr[i]);
	}
}

static void write_type(struct buf *b, const struct conf_key *key)
{
	struct buf cell;

	buf_init(&cell, 400);
	if (key->type == CONF_REFUSED) {
		(void)buf_append_str(&cell, STR_LIT("not available"));
	} else {
		conf_expected(key, &cell);
	}
	if (key->type == CONF_NUMBER)
		(void)buf_printf(&cell, " (%s)", key->unit);
	write_cell(b, buf_str(&cell));
	buf_fini(&cell);
}

static void write_key(struct buf *b, const struct conf_key *key)
{
	(void)buf_printf(b, "| `%s` | ", key->name);
	write_type(b, key);
	if (key->def != NULL) {
		(void)buf_printf(b, " | `%s` | ", key->def);
	} else {
		(void)buf_append_str(b, key->required ? STR_LIT(" | required | ")
		                                      : STR_LIT(" | – | "));
	}
	(void)buf_append_str(b, key->reload || key->type == CONF_REFUSED ? STR_LIT("reload | ")
	                                                                 : STR_LIT("restart | "));
	write_cell(b, str_from(key->doc));
	if (key->secret)
		(void)buf_append_str(b, STR_LIT(" Secret."));
	(void)buf_append_str(b, STR_LIT(" |\n"));
}

static void write_section(struct buf *b, const struct conf_section *section)
{
	(void)buf_append_str(b, STR_LIT("\n## "));
	if (section->name[0] != '\0') {
		(void)buf_printf(b, "`%s`", section->name);
	} else {
		(void)buf_append_str(b, STR_LIT("Top"));
	}
	(void)buf_printf(b,
	                 "\n\n%s\n\n| key | value | default | changes take | meaning |\n"
	                 "|---|---|---|---|---|\n",
	                 section->doc);
	for (size_t i = 0; i < conf_key_count; i++) {
		if (strcmp(conf_keys[i].section, section->name) == 0)
			write_key(b, &conf_keys[i]);
	}
}

enum err conf_write_doc(struct buf *b)
{
	(void)buf_append_str(b, str_from(head));
	for (size_t i = 0; i < conf_section_count; i++)
		write_section(b, &conf_sections[i]);
	return buf_err(b);
}
