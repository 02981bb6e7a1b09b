package httpguard

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// Secret is a credential of which a program has a stand-in only.
type Secret struct{ Value, StandIn string }

// minRandom is the number of random characters without which a stand-in could be guessed, or occur
// by chance.
const minRandom = 12

// StandIn returns a secret with a stand-in of the same format: each letter and digit becomes
// another of its kind, after a prefix such as ghp_ or sk-, and the header of a JSON Web Token. It
// reports false for a value that is too short.
func StandIn(value string) (Secret, bool) {
	out, random := []byte(value), make([]byte, len(value))
	rand.Read(random) // never fails
	from := strings.LastIndexAny(value[:min(len(value), 16)], "_-") + 1
	if strings.HasPrefix(value, "eyJ") {
		from = strings.IndexByte(value, '.') + 1
	}
	n := 0
	for i := from; i < len(out); i++ {
		kind := ""
		switch c := out[i]; {
		case ascii.IsDigit(c):
			kind = "0123456789"
		case c >= 'a' && c <= 'f': // may be hexadecimal
			kind = "abcdef"
		case c >= 'A' && c <= 'F':
			kind = "ABCDEF"
		case ascii.IsLower(c):
			kind = "ghijklmnopqrstuvwxyz"
		case ascii.IsUpper(c):
			kind = "GHIJKLMNOPQRSTUVWXYZ"
		default:
			continue
		}
		out[i] = kind[int(random[i])%len(kind)]
		n++
	}
	return Secret{value, string(out)}, n >= minRandom
}

// places returns where a request of an operation carries credentials.
func places(call *spectools.Requested) (out []egress.Credential) {
	for _, s := range slices.Concat(call.Security...) {
		if at, ok := credential.Attach(s.SecurityScheme, ""); ok && at.In != egress.InDigest {
			out = append(out, at)
		}
	}
	return out
}

// strays denies a request with a stand-in anywhere but where its operation carries credentials.
// call is nil for a host of no document.
func (j *judgement) strays(r *http.Request, body []byte, call *spectools.Requested) *capture.Denial {
	for _, d := range j.g.docs {
		if len(d.Secrets) == 0 {
			continue
		}
		rest := r.Clone(r.Context())
		if call != nil && d == j.document {
			for _, at := range places(call) {
				swap(rest, at, func(string) string { return "" })
			}
		}
		var all bytes.Buffer
		all.WriteString(rest.URL.String() + "\n")
		_ = rest.Header.Write(&all) // to memory
		all.Write(body)
		for _, s := range d.Secrets {
			if !bytes.Equal(egress.HideEcho(all.Bytes(), "", s.StandIn), all.Bytes()) {
				return j.g.deny(r.Method, "a credential for "+d.Name+" is sent to another host, or in another place than the document says", "")
			}
		}
	}
	return nil
}

// swap replaces the value that a request has in the place of a credential. The user and password of
// Basic are replaced without their encoding.
func swap(r *http.Request, at egress.Credential, replace func(string) string) {
	switch at.In {
	case egress.InHeader:
		for i, v := range r.Header.Values(at.Name) {
			out := replace(v)
			if kind, coded, _ := strings.Cut(v, " "); strings.EqualFold(kind, "Basic") {
				if plain, err := base64.StdEncoding.DecodeString(coded); err == nil {
					out = kind + " " + base64.StdEncoding.EncodeToString([]byte(replace(string(plain))))
				}
			}
			r.Header.Values(at.Name)[i] = out
		}
	case egress.InCookie:
		for i, line := range r.Header["Cookie"] {
			pairs := strings.Split(line, ";")
			for k, pair := range pairs {
				if name, value, _ := strings.Cut(pair, "="); strings.TrimSpace(name) == at.Name {
					pairs[k] = name + "=" + replace(value)
				}
			}
			r.Header["Cookie"][i] = strings.Join(pairs, ";")
		}
	case egress.InQuery:
		pairs := strings.Split(r.URL.RawQuery, "&")
		for i, pair := range pairs {
			name, value, _ := strings.Cut(pair, "=")
			plain, _ := url.QueryUnescape(name)
			if text, err := url.QueryUnescape(value); plain == at.Name && err == nil {
				pairs[i] = name + "=" + url.QueryEscape(replace(text))
			}
		}
		r.URL.RawQuery = strings.Join(pairs, "&")
	}
}

// authorize puts the credentials of the document on a request, and secrets in place of their
// stand-ins.
func (j *judgement) authorize(ctx context.Context, r *http.Request, call *spectools.Requested) error {
	for _, s := range j.document.Secrets {
		for _, at := range places(call) {
			swap(r, at, func(v string) string {
				out := strings.ReplaceAll(v, s.StandIn, s.Value)
				if out != v {
					j.credentials = append(j.credentials, egress.Credential{In: at.In, Name: at.Name, Value: s.Value})
				}
				return out
			})
		}
	}
	own, err := call.Credentials(ctx)
	for _, c := range own {
		switch c.In {
		case egress.InHeader:
			r.Header.Set(c.Name, c.Value)
		case egress.InQuery:
			r.URL.RawQuery = egress.WithCredentials(r.URL.RawQuery, []egress.Credential{c})
		case egress.InCookie:
			kept := slices.DeleteFunc(r.Cookies(), func(k *http.Cookie) bool { return k.Name == c.Name })
			r.Header.Del("Cookie")
			for _, k := range append(kept, &http.Cookie{Name: c.Name, Value: c.Value}) {
				r.AddCookie(k)
			}
		}
		j.credentials = append(j.credentials, c)
	}
	return err
}
