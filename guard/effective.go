package guard

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// Request is a request as it would be sent, without credentials.
type Request struct {
	Method string
	// URL is the target, escaped as it will be sent.
	URL *url.URL
	// Header has all lines, Content-Type included.
	Header flow.Header
	// Body is the body without its content coding.
	Body []byte
}

// AnyMethod stands for a method that cannot be known.
const AnyMethod = "*"

// Methods are the methods as which servers may handle a request, in upper case and without repeats.
// The first is the request's own.
type Methods []string

// IsRead reports whether the request only reads under each of the methods.
func (m Methods) IsRead() bool {
	return len(m) > 0 && !slices.ContainsFunc(m, func(s string) bool { return !IsSafe(s) })
}

// EffectiveMethods returns the methods as which servers may handle a request: its own and
//   - those that a header, query field, cookie or path parameter names, if [IsMethodOverride]
//     reports its name. A read with any other value has [AnyMethod]: which values and forms of
//     names a framework accepts is not modelled;
//   - those that a body names for itself or its parts, as batches do. A write with such a name and
//     any other value is an ordinary write;
//   - POST, for a read with a body, which has no defined meaning (RFC 9110, section 9.3.1), or with
//     a mutation of GraphQL;
//   - AnyMethod, if a header may replace the path or the host, because the request may reach
//     another operation: X-Original-URL and X-Rewrite-URL (IIS, Symfony), X-Envoy-Original-Path,
//     X-Invoke-Path (Next.js), X-Forwarded-Host, Forwarded with host (RFC 7239) and their like.
func EffectiveMethods(r Request) Methods {
	e := effective{methods: Methods{strings.ToUpper(r.Method)}, isRead: IsSafe(r.Method)}
	for _, f := range r.Header {
		switch name := plainName(f.Name); {
		case name == "cookie": // frameworks merge cookies with the query; some servers split at commas (RFC 2965)
			e.readFields(strings.ReplaceAll(f.Value, ",", ";"))
		case hasAny(name, targetParts) && IsTargetOverride(f.Name), name == "forwarded" && strings.Contains(strings.ToLower(f.Value), "host"):
			e.add(AnyMethod)
		default:
			e.readField(f.Name, f.Value)
		}
	}
	if r.URL != nil {
		e.readFields(r.URL.RawQuery)
		_, parameters, _ := strings.Cut(unescape(r.URL.EscapedPath()), ";") // of a segment, which servlets merge with the query
		e.readFields(strings.ReplaceAll(parameters, "/", ";"))
	}
	if len(r.Body) > 0 {
		if e.isRead {
			e.add("POST")
		}
		e.readBody(r.Body)
	}
	return e.methods
}

// IsMethodOverride reports whether a header or field of this name, escaped or not, may replace the
// method of a request. Ordinary fields, such as payment_method, are among them: a question for such
// a read costs less than a list of the names, escapes and punctuation that servers accept.
func IsMethodOverride(name string) bool {
	plain := plainName(norm.NFKC.String(unescape(name)))
	isVerb := strings.HasSuffix(plain, "verb") && plain != "verb" // a field of OAI-PMH, whose requests read
	return isVerb || hasAny(plain, methodParts)
}

// methodParts are in names of headers and fields with which servers replace the method. targetWords
// are the words of names that replace the host or path of a request, and targetParts those of which
// a name has one.
var (
	methodParts = []string{"method", "override", "httpaction"}
	targetWords = lazyregexp.New(`^(x|https?|original|orig|rewrite|rewritten|override|envoy|forwarded|forward|real|proxy|` +
		`request|replaced|raw|unencoded|waws|ms|ingress|invoke|matched|destination|dst|base|context|server|prefix|script|name|info|host|url|uri|path)+$`)
	targetParts = []string{"host", "url", "uri", "path", "script", "prefix", "forwardedserver"}
)

func hasAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

// IsTargetOverride reports whether a header of this name may replace the path or host of a request.
func IsTargetOverride(name string) bool {
	plain := plainName(name)
	return plain != "host" && hasAny(plain, targetParts) && targetWords.MatchString(plain)
}

// plainName returns the ASCII letters and digits of a name, in lower case.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, s)
}

// unescape decodes escapes of URLs (%HH), ASP.NET (%uHHHH) and JSON, three levels deep.
func unescape(s string) string {
	for range 3 {
		var b strings.Builder
		rest := s
		for i := strings.IndexAny(rest, `%\`); i >= 0; i = strings.IndexAny(rest, `%\`) {
			b.WriteString(rest[:i])
			rest = rest[i:]
			c, n := rest[:1], 1
			switch {
			case len(rest) >= 6 && rest[1]|0x20 == 'u':
				if v, err := strconv.ParseUint(rest[2:6], 16, 16); err == nil {
					c, n = string(rune(v)), 6
				}
			case len(rest) >= 3 && rest[0] == '%':
				if v, err := strconv.ParseUint(rest[1:3], 16, 8); err == nil {
					c, n = string([]byte{byte(v)}), 3
				}
			}
			b.WriteString(c)
			rest = rest[n:]
		}
		if len(rest) == len(s) {
			break
		}
		s = b.String() + rest
	}
	return s
}

// effective collects methods.
type effective struct {
	methods Methods
	isRead  bool // the request's own method reads
}

func (e *effective) add(method string) {
	if !slices.Contains(e.methods, method) {
		e.methods = append(e.methods, method)
	}
}

// readFields adds the methods of a query, or of similar fields. Some servers separate them by ";".
func (e *effective) readFields(fields string) {
	for pair := range strings.FieldsFuncSeq(fields, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(pair, "=")
		e.readField(name, strings.ReplaceAll(value, "+", " "))
	}
}

// mutation matches a document of GraphQL with a mutation, which some servers take in a query.
var mutation = lazyregexp.New(`\bmutation\b[^{]*\{`)

func (e *effective) readField(name, value string) {
	value = norm.NFKC.String(unescape(value))
	switch {
	case IsMethodOverride(name):
		isSeparator := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
		for word := range strings.FieldsFuncSeq(strings.ToUpper(value), isSeparator) {
			if isMethod(word) {
				e.add(word)
			} else if e.isRead {
				e.add(AnyMethod)
			}
		}
	case e.isRead && strings.Contains(value, "mutation") && mutation.MatchString(value): // a pattern costs more
		e.add("POST")
	}
}
