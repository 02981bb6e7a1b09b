package guard

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

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

// EffectiveMethods returns the methods as which servers may handle a request: its own and its
// overrides. Names are compared without case and punctuation, because CGI, WSGI and Rack map "-" to
// "_", and PHP maps "." and " " to "_" in names of fields.
//
// The method may be replaced by
//   - the headers X-HTTP-Method-Override (Google APIs, Rack, Symfony, Express), X-HTTP-Method
//     (OData), X-Method-Override (IBM), X-Original-Method (nginx auth_request), X-Forwarded-Method
//     (Traefik) and other names of the same words, also as query parameters or form fields
//     (ASP.NET);
//   - the parameter _method in the query (Rack, Symfony, WordPress), in a form (Rails, Spring), in
//     a multipart form or in a JSON object (Laravel), and _method_override (wai); also as a cookie
//     or path parameter, which some frameworks merge with the query;
//   - the parameter method, if its value is POST, PUT, PATCH or DELETE (the Graph API of Facebook,
//     Restlet);
//   - a query parameter with a mutation of GraphQL, which counts as POST;
//   - a body that names methods for its parts, as batches do: a field named like a method, an
//     operation or an action whose value is a method or says to delete, or a request line;
//   - nothing, but a GET, HEAD or OPTIONS with a body has no defined meaning (RFC 9110, section
//     9.3.1): it counts as POST.
//
// Headers that may replace the path or the host make the method [AnyMethod], because the request
// may reach another operation: X-Original-URL and X-Rewrite-URL (IIS, Symfony), X-Original-URI,
// X-Envoy-Original-Path, X-Envoy-Original-Dst-Host, X-Ms-Original-Url (Azure), X-Invoke-Path
// (Next.js), X-Forwarded-Host, Forwarded with host (RFC 7239) and their like. So does a replacement
// that is not a token, a form that cannot be read, and more than 16 methods.
//
// An empty replacement counts for nothing.
func EffectiveMethods(r Request) Methods {
	e := effective{Methods{strings.ToUpper(r.Method)}}
	for _, f := range r.Header {
		switch name := plainName(f.Name); {
		case overridesMethod(name):
			e.addAll(f.Value)
		case name == "cookie": // frameworks that merge cookies with the query
			e.readForm(cookieSeparators.Replace(f.Value))
		case overridesTarget(name), name == "forwarded" && strings.Contains(strings.ToLower(f.Value), "host"):
			e.add(AnyMethod)
		}
	}
	if r.URL != nil {
		e.readForm(r.URL.RawQuery)
		for path := range decodings(r.URL.EscapedPath()) {
			_, parameters, _ := strings.Cut(path, ";") // of a segment, which servlets merge with the query
			e.readForm(strings.ReplaceAll(parameters, "/", ";"))
		}
	}
	if len(r.Body) > 0 {
		if e.methods.IsRead() {
			e.add("POST")
		}
		e.readBody(r.Header.Get("Content-Type"), r.Body)
	}
	return e.methods
}

// cookieSeparators separates cookies as fields of a form. Some servers take a comma, too (RFC
// 2965).
var cookieSeparators = strings.NewReplacer("; ", ";", ", ", ";", ",", ";")

// IsTargetOverride reports whether a header of this name may replace the path or host of a request.
func IsTargetOverride(name string) bool { return overridesTarget(plainName(name)) }

// overrideWords are the words of names that replace the method of a request, such as
// X-HTTP-Method-Override and X-Rest-Method. A name that has another word, such as
// X-Payment-Method, is an ordinary field.
var overrideWords = lazyregexp.New(
	`^(x|https?|rest|request|requested|original|orig|forwarded|rewrite|rewritten|replaced?|real|actual|intended|effective|` +
		`proxy|envoy|tunnel|tunnell?ed|override|overridden|action|verb|method)+$`)

// overridesMethod reports whether a header of this plain name may replace the method.
func overridesMethod(plain string) bool {
	return overrideWords.MatchString(plain) && plain != "method" && plain != "action" && plain != "verb" &&
		(strings.Contains(plain, "method") || strings.Contains(plain, "verb") ||
			strings.Contains(plain, "httpaction") || strings.Contains(plain, "httpoverride"))
}

// targetWords are the words of names that replace the host or path of a request.
var targetWords = lazyregexp.New(`^(x|https?|original|orig|rewrite|rewritten|override|envoy|forwarded|forward|real|proxy|` +
	`request|replaced|raw|unencoded|waws|ms|ingress|invoke|matched|destination|dst|base|context|server|prefix|script|name|info|host|url|uri|path)+$`)

// overridesTarget reports whether a header of this plain name may replace the path or host.
func overridesTarget(plain string) bool {
	if plain == "host" || !targetWords.MatchString(plain) {
		return false
	}
	for _, word := range []string{"host", "url", "uri", "path", "script", "prefix", "forwardedserver"} {
		if strings.Contains(plain, word) {
			return true
		}
	}
	return false
}

// plainName returns the ASCII letters and digits of a name, in lower case.
func plainName(s string) string { return strings.Map(plainRune, s) }

// plainRune returns an ASCII letter in lower case, a digit unchanged, and -1 for other characters.
func plainRune(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		return r
	}
	return -1
}

// effective collects methods.
type effective struct{ methods Methods }

// maxMethods bounds the methods of a request. A request that names more has [AnyMethod].
const maxMethods = 16

func (e *effective) add(method string) {
	if len(e.methods) >= maxMethods {
		method = AnyMethod
	}
	if !slices.Contains(e.methods, method) {
		e.methods = append(e.methods, method)
	}
}

// addAll adds the methods of a header or field. Servers that combine repeated headers join them by
// commas.
func (e *effective) addAll(value string) {
	for v := range strings.SplitSeq(plainWidth(value), ",") {
		v = strings.ToUpper(strings.Trim(strings.TrimSpace(v), `"'`))
		switch {
		case v == "":
		case httpguts.ValidHeaderFieldName(v):
			e.add(v)
		default:
			e.add(AnyMethod)
		}
	}
}
