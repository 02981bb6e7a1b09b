package filter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// field is a property of a flow that a term may test.
type field struct {
	name   string
	wants  string // the values it accepts, for errors
	bodies bool   // needs the data of bodies
	from   Stage  // the first stage at which the value is known
	parse  func(value string, now time.Time) (func(*subject) bool, error)
}

// fields lists the fields in the order of the documentation.
var fields = [...]*field{
	{name: "host", wants: "a host", parse: parseHost},
	{name: "method", wants: "a method", parse: parseMethod},
	{name: "path", wants: "the beginning of a path", parse: parsePath},
	{name: "ext", wants: "a file extension such as png", parse: parseExt},
	{name: "query", wants: "name or name=value", parse: parseQuery},
	{name: "status", wants: "a status such as 404, 4xx or 400-499", from: Answered, parse: parseStatus},
	{name: "type", wants: "a media type such as json or text/html", from: Answered, parse: parseType},
	{name: "size", wants: "a size such as >10k", from: Complete, parse: parseSize},
	{name: "took", wants: "a duration such as >500ms", from: Complete, parse: parseTook},
	{name: "time", wants: "a time such as >2026-11-20T09:00 or >-1h", parse: parseTime},
	{name: "header", wants: "name or name=text", from: Answered, parse: parseHeader},
	{name: "body", wants: "text", from: Complete, bodies: true, parse: parseBody(true, true)},
	{name: "request.body", wants: "text", from: Complete, bodies: true, parse: parseBody(true, false)},
	{name: "response.body", wants: "text", from: Complete, bodies: true, parse: parseBody(false, true)},
	{name: "source", wants: "a source such as proxy or import", parse: parseSource},
	{name: "session", wants: "the number of a session, or none", parse: parseSession},
	{name: "tag", wants: "a tag", parse: parseTag},
	{name: "number", wants: "a number such as 17 or 10-20", from: Complete, parse: parseNumber},
	{name: "is", wants: "failed, pending, truncated or answered", from: Complete, parse: parseIs},
}

// textField is the field of a term without a field name.
var textField = &field{name: "text", wants: "text", parse: parseText}

func fieldNamed(name string) *field {
	for _, f := range fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

// subject is the flow under test, with data that several terms may need.
type subject struct {
	flow     *flow.Flow
	budget   *decode.Budget
	request  *string // decoded bodies
	response *string
}

func (s *subject) requestBody() string {
	if s.request == nil {
		s.request = s.bodyText(s.flow.Request.Header, s.flow.Request.Body, true)
	}
	return *s.request
}

func (s *subject) responseBody() string {
	if s.response == nil {
		if r := s.flow.Response; r != nil {
			s.response = s.bodyText(r.Header, r.Body, false)
		} else {
			s.response = new(string)
		}
	}
	return *s.response
}

// bodyText returns the text that one side sent: its decoded body and its WebSocket messages,
// separated by line breaks.
func (s *subject) bodyText(h flow.Header, b flow.Body, fromClient bool) *string {
	data, _, _ := s.budget.Body(h, b, maxBody)
	ms := s.flow.Messages
	text := string(data)
	if len(ms) > 0 {
		var all strings.Builder
		all.WriteString(text)
		for _, m := range ms {
			if m.FromClient == fromClient && all.Len() < maxBody {
				all.WriteByte('\n')
				all.Write(m.Data)
			}
		}
		text = all.String()
	}
	return &text
}

// matcher returns a test of text: a regular expression after "~", otherwise a case-insensitive
// search.
func matcher(value string) (func(string) bool, error) {
	if pattern, ok := strings.CutPrefix(value, "~"); ok {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return nil, plainRegexpError(err)
		}
		return re.MatchString, nil
	}
	if value == "" {
		return nil, errors.New("expected text")
	}
	return func(s string) bool { return containsFold(s, value) }, nil
}

func plainRegexpError(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
}

// containsFold is a case-insensitive strings.Contains. It ignores the case of ASCII letters, and of
// other letters if simple case folding keeps their length.
func containsFold(s, sub string) bool {
	if strings.Contains(s, sub) {
		return true
	}
	first := sub[0] | 0x20
	for i := 0; i+len(sub) <= len(s); i++ {
		if c := s[i]; (c|0x20 == first || c >= 0x80) && strings.EqualFold(s[i:i+len(sub)], sub) {
			return true
		}
	}
	return false
}

func parseText(value string, _ time.Time) (func(*subject) bool, error) {
	m, err := matcher(value)
	return func(s *subject) bool { return m(s.flow.Request.URL()) }, err
}

func parseHost(value string, _ time.Time) (func(*subject) bool, error) {
	if pattern, ok := strings.CutPrefix(value, "~"); ok {
		m, err := matcher("~" + pattern)
		return func(s *subject) bool { return m(s.flow.Request.Authority) }, err
	}
	hosts := splitList(strings.ToLower(value))
	if hosts == nil {
		return nil, errors.New("expected a host")
	}
	return func(s *subject) bool {
		return slices.ContainsFunc(hosts, func(h string) bool { return hostMatches(h, s.flow.Request.Authority) })
	}, nil
}

// hostMatches compares a host exactly. ".example.com" matches all hosts below it, and "*" matches
// any text. A host without a port matches the default port only; ":*" matches all ports.
func hostMatches(want, have string) bool {
	if strings.HasPrefix(want, ".") {
		return strings.HasSuffix(have, want)
	}
	if strings.Contains(want, "*") {
		return glob(want, have)
	}
	return want == have
}

// glob matches text with a pattern in which * matches any text.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	last := len(parts) - 1
	if last == 0 {
		return text == ""
	}
	for _, p := range parts[1:last] {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return strings.HasSuffix(text, parts[last])
}

func splitList(value string) []string {
	var out []string
	for v := range strings.SplitSeq(value, ",") {
		if v == "" {
			return nil
		}
		out = append(out, v)
	}
	return out
}

func parseMethod(value string, _ time.Time) (func(*subject) bool, error) {
	methods := splitList(strings.ToUpper(value))
	if methods == nil {
		return nil, errors.New("expected a method before and after each comma")
	}
	for _, m := range methods {
		if strings.ContainsAny(m, ":()<>@;\\\"/[]?={} ") { // not a token (RFC 9110, section 5.6.2)
			return nil, fmt.Errorf("%q is not a method", m)
		}
	}
	return func(s *subject) bool { return slices.Contains(methods, strings.ToUpper(s.flow.Request.Method)) }, nil
}

func parsePath(value string, _ time.Time) (func(*subject) bool, error) {
	if strings.HasPrefix(value, "~") {
		m, err := matcher(value)
		return func(s *subject) bool { return m(s.flow.Request.Path) }, err
	}
	if strings.Contains(value, "*") {
		return func(s *subject) bool { return glob(value, s.flow.Request.Path) }, nil
	}
	if value[0] != '/' {
		return nil, errors.New("must start with / or *, or with ~ for a regular expression")
	}
	return func(s *subject) bool { return strings.HasPrefix(s.flow.Request.Path, value) }, nil
}

// parseExt parses a list of file extensions, or none.
func parseExt(value string, _ time.Time) (func(*subject) bool, error) {
	want := splitList(strings.ToLower(value))
	for i, e := range want {
		if want[i] = strings.TrimPrefix(e, "."); want[i] == "none" {
			want[i] = ""
		}
		if e == "." || strings.ContainsAny(want[i], "./*") {
			return nil, fmt.Errorf("%q is not a file extension", e)
		}
	}
	if want == nil {
		return nil, errors.New("expected an extension before and after each comma")
	}
	return func(s *subject) bool { return slices.Contains(want, extension(s.flow.Request.Path)) }, nil
}

// extension returns what follows the last dot of the last path segment, in lower case. A segment
// that begins with its only dot, such as .well-known, has no extension.
func extension(path string) string {
	last := path[strings.LastIndexByte(path, '/')+1:]
	last, _, _ = strings.Cut(last, ";") // /logo.png;jsessionid=1
	if i := strings.LastIndexByte(last, '.'); i > 0 {
		return strings.ToLower(last[i+1:])
	}
	return ""
}

// nameAndText parses name, or name=text.
func nameAndText(value string) (name string, m func(string) bool, err error) {
	name, text, ok := strings.Cut(value, "=")
	if name == "" {
		return "", nil, errors.New("expected a name")
	}
	if !ok {
		return name, nil, nil
	}
	m, err = matcher(text)
	return name, m, err
}

func parseQuery(value string, _ time.Time) (func(*subject) bool, error) {
	name, m, err := nameAndText(value)
	if err != nil {
		return nil, err
	}
	return func(s *subject) bool {
		for p := range decode.Pairs(s.flow.Request.RawQuery) {
			if p.Name == name && (m == nil || m(p.Value)) {
				return true
			}
		}
		return false
	}, nil
}

func parseHeader(value string, _ time.Time) (func(*subject) bool, error) {
	name, m, err := nameAndText(value)
	if err != nil {
		return nil, err
	}
	has := func(h flow.Header) bool {
		return slices.ContainsFunc(h, func(f flow.Field) bool {
			return strings.EqualFold(f.Name, name) && (m == nil || m(f.Value))
		})
	}
	return func(s *subject) bool {
		q, r := &s.flow.Request, s.flow.Response
		return has(q.Header) || has(q.Trailer) || r != nil && (has(r.Header) || has(r.Trailer))
	}, nil
}

func parseBody(request, response bool) func(string, time.Time) (func(*subject) bool, error) {
	return func(value string, _ time.Time) (func(*subject) bool, error) {
		m, err := matcher(value)
		return func(s *subject) bool {
			return request && m(s.requestBody()) || response && m(s.responseBody())
		}, err
	}
}

func parseSource(value string, _ time.Time) (func(*subject) bool, error) {
	return func(s *subject) bool {
		return s.flow.Source == value || strings.HasPrefix(s.flow.Source, value+":")
	}, nil
}

func parseSession(value string, _ time.Time) (func(*subject) bool, error) {
	if strings.EqualFold(value, "none") {
		return func(s *subject) bool { return s.flow.Session == 0 }, nil
	}
	in, err := parseRange(value, parseCount)
	return func(s *subject) bool { return s.flow.Session != 0 && in(float64(s.flow.Session)) }, err
}

func parseTag(value string, _ time.Time) (func(*subject) bool, error) {
	if strings.HasPrefix(value, "~") {
		m, err := matcher(value)
		return func(s *subject) bool { return slices.ContainsFunc(s.flow.Tags, m) }, err
	}
	tags := splitList(value)
	if tags == nil {
		return nil, errors.New("expected a tag before and after each comma")
	}
	return func(s *subject) bool {
		for _, want := range tags {
			if want == "none" && len(s.flow.Tags) == 0 ||
				slices.ContainsFunc(s.flow.Tags, func(t string) bool { return glob(want, t) }) {
				return true
			}
		}
		return false
	}, nil
}

func parseIs(value string, _ time.Time) (func(*subject) bool, error) {
	switch strings.ToLower(value) {
	case "failed":
		return func(s *subject) bool { return s.flow.Failure() != "" }, nil
	case "denied":
		return func(s *subject) bool { _, ok := s.flow.Denied(); return ok }, nil
	case "pending":
		return func(s *subject) bool { return !s.flow.Done }, nil
	case "answered":
		return func(s *subject) bool { return s.flow.Response != nil }, nil
	case "truncated":
		return anyBody(func(b *flow.Body) bool { return b.Truncated }), nil
	case "dropped":
		return anyBody(func(b *flow.Body) bool { return b.Dropped }), nil
	}
	return nil, fmt.Errorf("%q: must be failed, denied, pending, truncated, dropped or answered", value)
}

// anyBody returns a test that is true if it is true for one of a flow's bodies.
func anyBody(is func(*flow.Body) bool) func(*subject) bool {
	return func(s *subject) bool {
		return is(&s.flow.Request.Body) || s.flow.Response != nil && is(&s.flow.Response.Body)
	}
}

func parseNumber(value string, _ time.Time) (func(*subject) bool, error) {
	in, err := parseRange(value, parseCount)
	return func(s *subject) bool { return in(float64(s.flow.Seq)) }, err
}

// parseCount parses the number of a flow or a session, possibly after a number sign.
func parseCount(v string) (float64, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(v, "#"), 10, 53)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", v)
	}
	return float64(n), nil
}

// FieldNames returns the names of all fields in the order of the documentation.
func FieldNames() []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}
