package credential

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// Attach returns a secret as the header, query parameter or cookie that its scheme specifies. It
// reports false for a scheme of a type that it cannot send.
func Attach(s *openapi3.SecurityScheme, secret Secret) (egress.Credential, bool) {
	v := string(secret)
	header := func(v string) (egress.Credential, bool) {
		return egress.Credential{In: egress.InHeader, Name: "Authorization", Value: v}, true
	}
	switch s.Type {
	case "apiKey":
		known := s.In == "header" || s.In == "query" || s.In == "cookie"
		return egress.Credential{In: egress.Location(s.In), Name: s.Name, Value: v}, known
	case "http":
		switch strings.ToLower(s.Scheme) {
		case "bearer":
			return header("Bearer " + v)
		case "basic":
			return header("Basic " + base64.StdEncoding.EncodeToString([]byte(v)))
		case "":
			return egress.Credential{}, false
		}
		return header(s.Scheme + " " + v)
	case "oauth2", "openIdConnect":
		return header("Bearer " + v)
	}
	return egress.Credential{}, false
}

// minRedacted is the length of the shortest secret that Redact removes. Shorter ones would match
// ordinary words.
const minRedacted = 6

// Redact replaces credentials that an API echoes in its answer, in the encodings that programs use
// for them, with "(credential)".
func Redact(data []byte, credentials []egress.Credential) []byte {
	for _, c := range credentials {
		for _, v := range encodings(c.Value) {
			data = bytes.ReplaceAll(data, []byte(v), []byte("(credential)"))
		}
	}
	return data
}

// encodings returns the forms in which a credential may appear in an answer, the longest first.
func encodings(v string) []string {
	var out []string
	add := func(v string) {
		if len(v) < minRedacted {
			return
		}
		inJSON := string(bytes.Trim(orderedjson.Encode(v), `"`))
		html, _ := json.Marshal(v) // cannot fail for a string
		for _, form := range []string{
			v, inJSON, strings.ReplaceAll(inJSON, "/", `\/`), string(bytes.Trim(html, `"`)),
			url.QueryEscape(v), url.PathEscape(v), base64.StdEncoding.EncodeToString([]byte(v)),
			base64.RawStdEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v)),
		} {
			if !slices.Contains(out, form) {
				out = append(out, form)
			}
		}
	}
	add(v)
	if kind, rest, ok := strings.Cut(v, " "); ok {
		add(rest)
		if strings.EqualFold(kind, "basic") {
			if b, err := base64.StdEncoding.DecodeString(rest); err == nil {
				add(string(b))
				_, password, _ := strings.Cut(string(b), ":")
				add(password)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}
