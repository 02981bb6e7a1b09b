package httpguard

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
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
	out, random, n := []byte(value), make([]byte, len(value)), 0
	rand.Read(random) // never fails
	from := strings.LastIndexAny(value[:min(len(value), 16)], "_-") + 1
	if strings.HasPrefix(value, "eyJ") {
		from = strings.IndexByte(value, '.') + 1
	}
	for i := from; i < len(out); i++ {
		// Six letters may be hexadecimal digits.
		for _, kind := range []string{"0123456789", "abcdef", "ABCDEF", "ghijklmnopqrstuvwxyz", "GHIJKLMNOPQRSTUVWXYZ"} {
			if strings.IndexByte(kind, value[i]) >= 0 {
				out[i] = kind[int(random[i])%len(kind)]
				n++
			}
		}
	}
	return Secret{value, string(out)}, n >= minRandom
}

// authorize puts the credentials of the document on a request, and secrets in place of their
// stand-ins, where the operation carries credentials.
func (j *judgement) authorize(ctx context.Context, r *http.Request, f *flow.Flow, call *spectools.Requested) (err error) {
	if j.credentials, err = call.Credentials(ctx); err != nil {
		return err
	}
	for _, s := range j.document.Secrets {
		swapped, _ := call.Best(func(at spectools.Scheme) (egress.Credential, string, bool) {
			c, ok := credential.SentAs(&f.Request, at.SecurityScheme)
			before := c.Value
			c.Value = strings.ReplaceAll(before, s.StandIn, s.Value)
			if kind, coded, _ := strings.Cut(before, " "); strings.EqualFold(kind, "Basic") {
				plain, _ := base64.StdEncoding.DecodeString(coded)
				c.Value = kind + " " + base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(string(plain), s.StandIn, s.Value)))
			}
			return c, "", ok && c.Value != before
		})
		j.credentials = append(j.credentials, swapped...)
	}
	for _, c := range j.credentials {
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
	}
	return nil
}

// strays denies a request that has a stand-in still: in another place than that of a credential, or
// for another host.
func (g *Guard) strays(r *http.Request, body []byte) *capture.Denial {
	for _, d := range g.docs {
		for _, s := range d.Secrets {
			var all bytes.Buffer
			all.WriteString(r.URL.String() + "\n")
			_ = r.Header.Write(&all) // to memory
			all.Write(body)
			if !bytes.Equal(egress.HideEcho(all.Bytes(), "", s.StandIn), all.Bytes()) {
				return g.deny(r.Method, "a credential for "+d.Name+" is sent to another host, or in another place than the document says", "")
			}
		}
	}
	return nil
}
