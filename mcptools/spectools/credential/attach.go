package credential

import (
	"encoding/base64"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/egress"
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

// Redact replaces credentials that an API echoes in its answer, in the forms of package echo, with
// "(credential)". It leaves secrets shorter than [egress.MinEchoLength].
func Redact(data []byte, credentials []egress.Credential) []byte {
	for _, c := range credentials {
		data = egress.HideEcho(data, "(credential)", c.Secrets()...)
	}
	return data
}
