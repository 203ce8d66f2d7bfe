// SPDX-License-Identifier: GPL-2.0
/*
 * Moments: what people write, and the clock on the wall.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "moment.h"

#define SECOND 1000000000ull

/* Digits and nothing else, not more than @max of them. Return: NULL: there are none. */
static const char *take_digits(const char *text, int max, uint64_t *n)
{
	const char *at = text;

	*n = 0;
	while (*at >= '0' && *at <= '9' && at - text < max)
		*n = *n * 10 + (uint64_t)(*at++ - '0');
	return at == text || (*at >= '0' && *at <= '9') ? NULL : at;
}

/* ".5" is half of @unit; no dot is nothing. */
static const char *take_fraction(const char *text, uint64_t unit, uint64_t *ns)
{
	const char *end;
	uint64_t n;
	int digits;

	*ns = 0;
	if (*text != '.')
		return text;
	end = take_digits(text + 1, 9, &n);
	if (!end)
		return NULL;
	for (digits = (int)(end - text - 1); digits > 0; digits--) {
		/* Units are multiples of a power of ten as long as there are digits for it. */
		if (unit % 10)
			n /= 10;
		else
			unit /= 10;
	}
	*ns = n * unit;
	return end;
}

/* "2.5s" behind a plus */
static int parse_after(const char *text, struct moment *m)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "s", SECOND }, { "", SECOND }, { "ms", SECOND / 1000 }, { "us", 1000 },
		{ "m", 60 * SECOND }, { "h", 3600 * SECOND },
	};
	const char *dot, *end;
	uint64_t whole, part;
	size_t i;

	m->how = MOMENT_AFTER;
	dot = take_digits(text, 7, &whole);
	end = dot ? take_fraction(dot, SECOND, &part) : NULL;
	if (!end)
		return -EINVAL;
	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(units[i].name, end))
			continue;
		take_fraction(dot, units[i].ns, &part);
		m->ns = whole * units[i].ns + part;
		return 0;
	}
	return -EINVAL;
}

/* "2026-11-26 " in front of a time, or with a T between them as JSON people write it */
static const char *parse_date(const char *text, struct moment *m)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint64_t year, month, day;
	const char *at = take_digits(text, 4, &year);

	if (!at || *at != '-')
		return text;
	at = take_digits(at + 1, 2, &month);
	if (!at || *at != '-' || !month || month > 12 || year < 1970)
		return NULL;
	at = take_digits(at + 1, 2, &day);
	if (!at || !day || day > (uint64_t)days[month - 1] || (*at != ' ' && *at != 'T'))
		return NULL;
	m->year = (int)year;
	m->month = (int)month;
	m->day = (int)day;
	return at + 1;
}

static int parse_clock(const char *text, struct moment *m)
{
	uint64_t hours, minutes, seconds = 0, part = 0;

	m->how = MOMENT_CLOCK;
	text = parse_date(text, m);
	text = text ? take_digits(text, 2, &hours) : NULL;
	if (!text || *text != ':' || hours > 23)
		return -EINVAL;
	text = take_digits(text + 1, 2, &minutes);
	if (!text || minutes > 59)
		return -EINVAL;
	if (*text == ':') {
		text = take_digits(text + 1, 2, &seconds);
		text = text ? take_fraction(text, SECOND, &part) : NULL;
	}
	if (!text || *text || seconds > 60)
		return -EINVAL;
	m->ns = (hours * 3600 + minutes * 60 + seconds) * SECOND + part;
	return 0;
}

/**
 * moment_parse() - read a moment
 * @text: as in MOMENT_SYNTAX
 * @m: where it goes
 *
 * Return: 0, or -EINVAL.
 */
int moment_parse(const char *text, struct moment *m)
{
	memset(m, 0, sizeof(*m));
	if (!strcmp(text, "end"))
		return 0;
	if (*text == '+')
		return parse_after(text + 1, m);
	return parse_clock(text, m);
}

/**
 * moment_real() - when a local time is
 * @m: of which kind MOMENT_CLOCK; a day that it does not name is that of the beginning
 * @begin_ns: CLOCK_REALTIME of the beginning
 * @days: how many days later, if it names none
 * @ns: gets its CLOCK_REALTIME
 *
 * Return: 0, or -EINVAL when there is no such time.
 */
int moment_real(const struct moment *m, uint64_t begin_ns, int days, uint64_t *ns)
{
	time_t seconds = (time_t)(begin_ns / SECOND);
	uint64_t of_day = m->ns / SECOND;
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return -EINVAL;
	if (m->year) {
		tm.tm_year = m->year - 1900;
		tm.tm_mon = m->month - 1;
		tm.tm_mday = m->day;
	} else {
		tm.tm_mday += days;
	}
	tm.tm_hour = (int)(of_day / 3600);
	tm.tm_min = (int)(of_day / 60 % 60);
	tm.tm_sec = (int)(of_day % 60);
	tm.tm_isdst = -1;
	seconds = mktime(&tm);
	if (seconds < 0)
		return -EINVAL;
	*ns = (uint64_t)seconds * SECOND + m->ns % SECOND;
	return 0;
}

/**
 * moment_text() - write a moment as people read it
 * @real_ns: CLOCK_REALTIME
 * @text: "2026-11-26 12:01:03.500000 +0000", which --at takes without the zone
 * @size: room for it
 */
void moment_text(uint64_t real_ns, char *text, size_t size)
{
	time_t seconds = (time_t)(real_ns / SECOND);
	char day[64], zone[16];
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || !strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm) ||
	    !strftime(zone, sizeof(zone), "%z", &tm))
		snprintf(text, size, "an unknown time");
	else
		snprintf(text, size, "%s.%06u %s", day, (unsigned int)(real_ns % SECOND / 1000),
			 zone);
}
