package workflow

import (
	"bytes"
	"encoding/json"
	"hash/maphash"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// strength says how unlikely it is that two values are equal by chance.
type strength uint8

const (
	never  strength = iota // texts, dates, truth values
	weak                   // 7, demo
	medium                 // invoice-2026
	strong                 // random
)

// strengthOf returns the strength of a text or number.
func strengthOf(s string) strength {
	switch {
	case mark.Is(s) || ascii.IsUUID(s):
		return strong
	case s == "" || len(s) > 1<<14 || strings.ContainsAny(s, " \n\t") || judge.IsDateLike(s) || strings.Contains(s, "://"):
		return never
	case judge.LooksGenerated(s) || judge.IsRandom(s) || len(s) >= 15 && ascii.AllDigits(s):
		return strong
	}
	// Short ids of services, as in 9s6xk3zkn2iz8i3: names change less between letters and digits.
	c := judge.Count(s)
	if c.Other == 0 && (len(s) >= 10 && c.DigitChanges >= 4 || len(s) >= 20 && c.Digit > 0 && c.Upper+c.Lower > 0) {
		return strong
	}
	if len(s) >= 6 {
		return medium
	}
	return weak
}

// IsRandom reports whether a text cannot be equal to another by chance, as a UUID or a token.
func IsRandom(s string) bool { return strengthOf(s) == strong }

// place is a part of a request. name is a parameter or, in a body, a JSON Pointer.
type place struct{ in, name string }

const (
	inPath   = openapi3.ParameterInPath
	inQuery  = openapi3.ParameterInQuery
	inHeader = openapi3.ParameterInHeader
	inCookie = openapi3.ParameterInCookie
	inBody   = "body"
)

// last returns the name without the members above it.
func (p place) last() string {
	if p.in != inBody {
		return p.name
	}
	return lastToken(p.name)
}

// folded returns the place by which a header is compared: its name in lower case.
func (p place) folded() place {
	if p.in == inHeader {
		p.name = strings.ToLower(p.name)
	}
	return p
}

func lastToken(pointer string) string { return jsontext.Pointer(pointer).LastToken() }

func below(pointer, token string) string { return string(jsontext.Pointer(pointer).AppendToken(token)) }

// use is a value in a request.
type use struct {
	place
	digest   uint64
	strength strength
	kind     string // type of JSON
	literal  any    // the value, if the document has it in an enum
	scheme   string // of authentication, with a blank: "Bearer "
	// optional means that the value matters only if it links: the document does not ask for it.
	optional bool
}

// setCookie is the ref of a cookie.
const setCookie = "header.Set-Cookie"

// give is a value in a response. ref is what follows "$response." in an expression.
type give struct {
	digest uint64
	ref    string
}

// Limits of one flow.
const (
	maxBody   = 1 << 20
	maxValues = 2000
)

// reader takes the values out of one flow.
type reader struct {
	l      *Learner
	match  *router.Match
	path   string
	uses   []use
	gives  []give
	cookie string            // the name, if the response sets one
	texts  map[string]string // members of the response that the document has enums for
}

func (r *reader) digest(s string) uint64 { return maphash.String(r.l.seed, s) }

// tag is the digest of an entity tag, which is compared with those of the same resource.
func (r *reader) tag(s string) uint64 { return r.digest(r.path + "\n" + s) }

func (r *reader) use(in, name, value, kind string, schema *openapi3.SchemaRef) *use {
	if len(r.uses) == maxValues {
		return &use{}
	}
	u := use{place: place{in, name}, digest: r.digest(value), kind: kind, strength: never}
	if kind == openapi3.TypeString || kind == openapi3.TypeNumber || kind == openapi3.TypeInteger {
		u.strength = strengthOf(value)
	}
	if isEnumValue(schema, value) || isProtocolWord(name, value) {
		u.literal = value
	}
	r.uses = append(r.uses, u)
	return &r.uses[len(r.uses)-1]
}

// isProtocolWord reports whether a value belongs to a protocol: the grants of OAuth (RFC 6749).
func isProtocolWord(name, value string) bool {
	return strings.HasSuffix(name, "grant_type") &&
		slices.Contains([]string{"password", "refresh_token", "client_credentials", "authorization_code"}, value)
}

func isEnumValue(schema *openapi3.SchemaRef, value string) bool {
	for s := range openapi.ComposedSchemas(schema) {
		if slices.Contains(s.Enum, any(value)) {
			return true
		}
	}
	return false
}

// request reads the request. It returns the media type of the body, and false if no expression can
// describe the body.
func (r *reader) request(q *flow.Request) (contentType string, ok bool) {
	for _, p := range r.match.Parameters() {
		if v, err := url.PathUnescape(r.match.Params[p.Name]); p.In == inPath && err == nil {
			r.use(inPath, p.Name, v, kindOf(p.Schema, v), p.Schema)
		}
	}
	query, _ := url.ParseQuery(q.RawQuery) // an error leaves the readable part
	for _, p := range r.match.Parameters() {
		if values := query[p.Name]; p.In == inQuery && len(values) > 0 {
			kind := kindOf(p.Schema, values[0])
			if len(values) > 1 {
				kind = openapi3.TypeArray
			}
			r.use(inQuery, p.Name, strings.Join(values, "&"), kind, p.Schema)
		}
	}
	r.header(q.Header)
	data, complete, err := decode.Body(q.Header, q.Body, maxBody)
	if len(data) == 0 && err == nil && !q.Body.Truncated && !q.Body.Dropped {
		return "", true
	}
	contentType = q.Header.MediaType()
	schema := r.bodySchema(contentType)
	switch kind := decode.Kind(contentType, data); {
	case err != nil || !complete:
		return "", false
	case decode.IsForm(kind):
		pairs, err := url.ParseQuery(string(data))
		for _, name := range slices.Sorted(maps.Keys(pairs)) {
			if openapi.SchemaProperty(schema, name) == nil {
				return "", false
			}
			r.use(inBody, below("", name), pairs[name][0], openapi3.TypeString, openapi.SchemaProperty(schema, name))
		}
		return contentType, err == nil
	case decode.IsJSON(kind):
		v, err := readJSON(data)
		if err != nil {
			return "", false
		}
		r.body("", v, schema)
		return contentType, true
	}
	return "", false
}

// ownHeaders are request headers that clients set for themselves. They carry no value of the API.
var ownHeaders = []string{
	"accept", "accept-encoding", "accept-language", "connection", "content-encoding", "content-length", "content-type", "date", "host", "origin",
	"referer", "te", "traceparent", "tracestate", "transfer-encoding", "user-agent",
}

func (r *reader) header(h flow.Header) {
	asked, declared := map[string]*openapi3.SchemaRef{}, map[string]bool{}
	for _, p := range r.match.Parameters() {
		if p.In == inHeader {
			declared[strings.ToLower(p.Name)] = true
		}
		if p.In == inHeader && p.Required {
			asked[strings.ToLower(p.Name)] = p.Schema
		}
	}
	for _, name := range r.l.keys {
		asked[name] = nil
	}
	for _, line := range h {
		lower := strings.ToLower(line.Name)
		schema, isAsked := asked[lower]
		switch {
		case slices.Contains(ownHeaders, lower):
		case lower == "cookie":
			for pair := range strings.SplitSeq(line.Value, ";") {
				if name, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && slices.Contains(r.l.cookies, name) {
					r.use(inCookie, name, value, openapi3.TypeString, nil)
				}
			}
		case !isAsked && !declared[lower]: // serve lets no step carry it
		default:
			n := 0
			if lower == "authorization" {
				n = judge.SchemeLen(line.Value)
			}
			u := r.use(inHeader, line.Name, line.Value[n:], openapi3.TypeString, schema)
			u.scheme, u.optional = line.Value[:n], !isAsked
			if n > 0 && u.strength == medium {
				u.strength = strong // a signature is never a word
			}
			if lower == "if-match" {
				u.digest, u.strength = r.tag(line.Value), strong
			}
		}
	}
}

func (r *reader) bodySchema(contentType string) *openapi3.SchemaRef {
	if b := r.match.Operation.RequestBody; b != nil && b.Value != nil {
		if m := b.Value.Content.Get(contentType); m != nil {
			return m.Schema
		}
	}
	return nil
}

// body adds the values of a JSON body: leaves, and above them complete objects and lists. Members
// that the document does not declare may be data, as in a map by users, and stay part of their
// object.
func (r *reader) body(pointer string, v any, schema *openapi3.SchemaRef) {
	text, kind := scalar(v)
	if kind == openapi3.TypeObject || kind == openapi3.TypeArray {
		whole, _ := json.Marshal(v) // was read from JSON
		text = string(whole)
	}
	u := r.use(inBody, pointer, text, kind, schema)
	if b, ok := v.(bool); ok {
		u.literal = b
	}
	switch x := v.(type) {
	case map[string]any:
		for name := range x {
			if openapi.SchemaProperty(schema, name) == nil {
				return
			}
		}
		for _, name := range slices.Sorted(maps.Keys(x)) {
			r.body(below(pointer, name), x[name], openapi.SchemaProperty(schema, name))
		}
	case []any:
		for i, y := range x {
			r.body(pointer+"/"+strconv.Itoa(i), y, openapi.SchemaItems(schema))
		}
	}
}

// response reads the response.
func (r *reader) response(p *flow.Response) {
	cookies := http.Header{}
	for _, line := range p.Header {
		switch strings.ToLower(line.Name) {
		case "set-cookie":
			cookies.Add("Set-Cookie", line.Value)
		case "etag":
			r.gives = append(r.gives, give{r.tag(line.Value), "header." + line.Name})
		case "date", "content-length", "content-type", "expires", "last-modified":
		default:
			r.give("header."+line.Name, line.Value)
		}
	}
	if set := (&http.Response{Header: cookies}).Cookies(); len(set) == 1 { // an expression has all lines as one text
		r.cookie = set[0].Name
		r.give(setCookie, set[0].Value)
	}
	data, complete, err := decode.Body(p.Header, p.Body, maxBody)
	if err != nil || !complete || !decode.IsJSON(decode.Kind(p.Header.MediaType(), data)) {
		return
	}
	v, err := readJSON(data)
	if err != nil {
		return
	}
	var schema *openapi3.SchemaRef
	if all := r.match.Operation.Responses; all != nil {
		if res := all.Status(p.Status); res != nil && res.Value != nil {
			if m := res.Value.Content.Get(p.Header.MediaType()); m != nil {
				schema = m.Schema
			}
		}
	}
	r.leaves("", v, schema)
}

func (r *reader) leaves(pointer string, v any, schema *openapi3.SchemaRef) {
	if len(r.gives) >= maxValues {
		return
	}
	switch x := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(x)) {
			if p := openapi.SchemaProperty(schema, name); p != nil {
				r.leaves(below(pointer, name), x[name], p)
			}
		}
	case []any:
		for i, y := range x {
			r.leaves(pointer+"/"+strconv.Itoa(i), y, openapi.SchemaItems(schema))
		}
	case string, json.Number:
		text, _ := scalar(v)
		r.give("body#"+pointer, text)
		if isEnumValue(schema, text) {
			r.texts[pointer] = text
		}
	}
}

func (r *reader) give(ref, value string) {
	if strengthOf(value) > never {
		r.gives = append(r.gives, give{r.digest(value), ref})
	}
}

func readJSON(data []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(decode.Unguarded(data)))
	d.UseNumber()
	return v, d.Decode(&v)
}

// scalar returns a value of JSON as text, and its type. Equal numbers and texts have equal texts.
func scalar(v any) (text, kind string) {
	switch x := v.(type) {
	case string:
		return x, openapi3.TypeString
	case json.Number:
		if strings.ContainsAny(x.String(), ".eE") {
			return x.String(), openapi3.TypeNumber
		}
		return x.String(), openapi3.TypeInteger
	case bool:
		return strconv.FormatBool(x), openapi3.TypeBoolean
	case []any:
		return "", openapi3.TypeArray
	case map[string]any:
		return "", openapi3.TypeObject
	}
	return "null", openapi3.TypeNull
}

// kindOf returns the type of a parameter: that of the document if it has one.
func kindOf(schema *openapi3.SchemaRef, value string) string {
	if types := openapi.SchemaTypes(schema); len(types) == 1 && types[0] != openapi3.TypeArray {
		return types[0]
	}
	return openapi3.TypeString
}
