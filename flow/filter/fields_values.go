package filter

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow/decode"
)

// parseRange parses v, >v, >=v, <v, <=v, =v or v-w. A bare v means exactly v.
func parseRange(value string, parse func(string) (float64, error)) (func(float64) bool, error) {
	for _, op := range []struct {
		sign string
		in   func(x, v float64) bool
	}{
		{">=", func(x, v float64) bool { return x >= v }},
		{"<=", func(x, v float64) bool { return x <= v }},
		{">", func(x, v float64) bool { return x > v }},
		{"<", func(x, v float64) bool { return x < v }},
		{"=", func(x, v float64) bool { return x == v }},
	} {
		if rest, ok := strings.CutPrefix(value, op.sign); ok {
			v, err := parse(rest)
			return func(x float64) bool { return op.in(x, v) }, err
		}
	}
	if from, to, ok := strings.Cut(value, "-"); ok {
		a, err := parse(from)
		if err != nil {
			return nil, err
		}
		b, err := parse(to)
		if err == nil && b < a {
			err = errors.New("the range ends before it begins")
		}
		return func(x float64) bool { return x >= a && x <= b }, err
	}
	v, err := parse(value)
	return func(x float64) bool { return x == v }, err
}

// parseStatus parses a list of 404, 4xx, 400-499, >=400, none.
func parseStatus(value string, _ time.Time) (func(*subject) bool, error) {
	in, err := Status(value)
	return func(s *subject) bool {
		status := 0
		if r := s.flow.Response; r != nil {
			status = r.Status
		}
		return in(status)
	}, err
}

// Status returns a function that reports whether a status fits the value of a status field: a list
// with commas of 404, 4xx, 400-499, >=400 and none. Status 0 is no response.
func Status(value string) (func(status int) bool, error) {
	parts := splitList(strings.ToLower(value))
	if parts == nil {
		return nil, errors.New("expected a status before and after each comma")
	}
	var tests []func(int) bool
	for _, v := range parts {
		test, err := oneStatus(v)
		if err != nil {
			return nil, err
		}
		tests = append(tests, test)
	}
	return func(status int) bool {
		return slices.ContainsFunc(tests, func(in func(int) bool) bool { return in(status) })
	}, nil
}

// oneStatus parses 404, 4xx, 400-499, >=400 or none.
func oneStatus(v string) (func(int) bool, error) {
	if v == "none" {
		return func(n int) bool { return n == 0 }, nil
	}
	if len(v) == 3 && v[0] >= '0' && v[0] <= '9' && v[1:] == "xx" {
		class := int(v[0] - '0')
		if class < 1 || class > 5 { // RFC 9110, section 15
			return nil, fmt.Errorf("there is no class %s: 1xx to 5xx; for other statuses a number, or >=600", v)
		}
		return func(n int) bool { return n/100 == class }, nil
	}
	in, err := parseRange(v, func(v string) (float64, error) {
		n, err := strconv.Atoi(v)
		if err != nil || n < 100 || n > 999 {
			return 0, fmt.Errorf("%q is not a status: 404, 4xx, 400-499, >=400 or none", v)
		}
		return float64(n), nil
	})
	return func(n int) bool { return n != 0 && in(float64(n)) }, err
}

// parseType parses a media type, a pattern with *, or a kind: json, xml, html, form, image, ….
func parseType(value string, _ time.Time) (func(*subject) bool, error) {
	value = strings.ToLower(value)
	test := func(mt string) bool { return mt == value }
	switch {
	case value == "none":
		test = func(mt string) bool { return mt == "" }
	case value == "json":
		test = func(mt string) bool { return decode.IsJSON(mt) || decode.IsJSONLines(mt) }
	case value == "xml":
		test = decode.IsXML
	case value == "yaml":
		test = decode.IsYAML
	case value == "form":
		test = func(mt string) bool { return decode.IsForm(mt) || mt == "multipart/form-data" }
	case value == "html":
		test = func(mt string) bool { return mt == "text/html" || mt == "application/xhtml+xml" }
	case value == "js" || value == "javascript":
		test = func(mt string) bool {
			return strings.HasSuffix(mt, "javascript") || strings.HasSuffix(mt, "ecmascript")
		}
	case value == "css":
		test = func(mt string) bool { return mt == "text/css" }
	case slices.Contains([]string{"text", "image", "video", "audio", "font", "multipart", "application", "model"},
		value):
		test = func(mt string) bool { return strings.HasPrefix(mt, value+"/") }
	case strings.Contains(value, "*"):
		test = func(mt string) bool { return mt != "" && glob(value, mt) }
	case !strings.Contains(value, "/"):
		return nil, fmt.Errorf("%q is not a media type: "+
			"use json, xml, yaml, html, form, text, image, … or one such as text/html", value)
	}
	return func(s *subject) bool {
		if r := s.flow.Response; r != nil {
			if mt := r.Header.MediaType(); mt != "" || r.Body.Size > 0 {
				return test(mt)
			}
		}
		// A response without a body has no media type; the type of the request counts instead.
		return test(s.flow.Request.Header.MediaType())
	}, nil
}

// parseSize parses a number of bytes, with k, M or G for powers of 1000 and Ki, Mi or Gi for powers
// of 1024.
func parseSize(value string, _ time.Time) (func(*subject) bool, error) {
	in, err := parseRange(value, func(v string) (float64, error) {
		digits := strings.TrimRight(v, "kKmMgGiIbB")
		unit := 1.0
		switch strings.TrimSuffix(strings.ToLower(v[len(digits):]), "b") {
		case "":
		case "k":
			unit = 1e3
		case "m":
			unit = 1e6
		case "g":
			unit = 1e9
		case "ki":
			unit = 1 << 10
		case "mi":
			unit = 1 << 20
		case "gi":
			unit = 1 << 30
		default:
			digits = ""
		}
		n, err := strconv.ParseFloat(digits, 64)
		if err != nil || n < 0 || n > 1e15 || n != n {
			return 0, fmt.Errorf("%q is not a size: 200, 10k, 1.5M, 4Ki", v)
		}
		return n * unit, nil
	})
	return func(s *subject) bool {
		var n int64
		if r := s.flow.Response; r != nil {
			n = r.Body.Size
		}
		return in(float64(n))
	}, err
}

func parseTook(value string, _ time.Time) (func(*subject) bool, error) {
	in, err := parseRange(value, func(v string) (float64, error) {
		d, err := ParseDuration(v)
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration: 500ms, 2s, 1m30s", v)
		}
		return float64(d), nil
	})
	return func(s *subject) bool { return in(float64(s.flow.Took)) }, err
}

// parseTime parses a start time: a comparison with a time, or a day, hour, minute or second that
// contains it.
func parseTime(value string, now time.Time) (func(*subject) bool, error) {
	op := value[:len(value)-len(strings.TrimLeft(value, "<>="))]
	from, to, err := Instant(value[len(op):], now)
	if err != nil {
		return nil, err
	}
	switch op {
	case ">":
		if to.After(from) {
			from = to // after the whole day
		}
		return func(s *subject) bool { return !s.flow.Started.Before(from) }, nil
	case ">=":
		return func(s *subject) bool { return !s.flow.Started.Before(from) }, nil
	case "<":
		return func(s *subject) bool { return s.flow.Started.Before(from) }, nil
	case "<=":
		return func(s *subject) bool { return s.flow.Started.Before(to) }, nil
	case "", "=":
		return func(s *subject) bool { return !s.flow.Started.Before(from) && s.flow.Started.Before(to) }, nil
	}
	return nil, fmt.Errorf("%q: must be >, >=, < or <=", op)
}

// Instant parses a time and returns the span it denotes: a day, a minute, a second or a part
// of one. A relative time ("-1h") denotes an instant. now also has the time zone of dates.
func Instant(v string, now time.Time) (from, to time.Time, err error) {
	if ago, ok := strings.CutPrefix(v, "-"); ok {
		d, err := ParseDuration(ago)
		if err != nil {
			return from, to, fmt.Errorf("%q is not a time ago: -15m, -2h, -3d", v)
		}
		return now.Add(-d), now.Add(-d), nil
	}
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch strings.ToLower(v) {
	case "today":
		return day, day.AddDate(0, 0, 1), nil
	case "yesterday":
		return day.AddDate(0, 0, -1), day, nil
	}
	for _, l := range []struct {
		layout string
		add    func(time.Time) time.Time
	}{
		{"2006-01-02", func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
		{"2006-01-02T15:04", func(t time.Time) time.Time { return t.Add(time.Minute) }},
		{"2006-01-02T15:04:05", func(t time.Time) time.Time { return t.Add(secondOf(v)) }},
		{"2006-01-02T15:04Z07:00", func(t time.Time) time.Time { return t.Add(time.Minute) }},
		{"2006-01-02T15:04:05Z07:00", func(t time.Time) time.Time { return t.Add(secondOf(v)) }},
	} {
		if t, err := time.ParseInLocation(l.layout, v, now.Location()); err == nil {
			return t, l.add(t), nil
		}
	}
	for layout, span := range map[string]time.Duration{"15:04": time.Minute, "15:04:05": secondOf(v)} {
		if t, err := time.ParseInLocation(layout, v, now.Location()); err == nil {
			t = time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), now.Location())
			return t, t.Add(span), nil
		}
	}
	return from, to, fmt.Errorf("%q is not a time: 2026-11-20, 2026-11-20T09:00, 09:00, today, -15m", v)
}

// secondOf returns the span of the last digit of a time with seconds: a second, or a part of one.
// time.Parse reads fractions that a layout does not have.
func secondOf(v string) time.Duration {
	span := time.Second
	if i := strings.IndexAny(v, ".,"); i >= 0 {
		for i++; i < len(v) && v[i] >= '0' && v[i] <= '9'; i++ {
			span /= 10
		}
	}
	return max(span, 1)
}
