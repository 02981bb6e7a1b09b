package main

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// origin is the upstream. A response depends on the path alone, so the check can build it again.
type origin struct {
	server *httptest.Server
	bodies *bodies
	caFile string // its certificate, which the proxy trusts
}

func startOrigin(dir string) (*origin, error) {
	o := &origin{bodies: newBodies(), caFile: filepath.Join(dir, "origin.pem")}
	o.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := o.bodies.of(r.URL.Path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		if strings.HasPrefix(r.URL.Path, "/noise/") {
			h.Set("Content-Type", "application/octet-stream")
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	}))
	o.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	o.server.StartTLS()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: o.server.Certificate().Raw})
	if err := os.WriteFile(o.caFile, ca, 0o600); err != nil {
		o.server.Close()
		return nil, err
	}
	return o, nil
}

func (o *origin) close() { o.server.Close() }

// host returns the address and port of the origin.
func (o *origin) host() string { return strings.TrimPrefix(o.server.URL, "https://") }

// bodies builds a body from a path, /KIND/SIZE/NUMBER. All bodies differ.
type bodies struct{ noise []byte }

func newBodies() *bodies {
	b := &bodies{noise: make([]byte, 16<<20)}
	rand.Read(b.noise)
	return b
}

const maxBody = 1 << 20

// of returns the body of a path, and false if no body has that path.
func (b *bodies) of(path string) (body []byte, ok bool) {
	parts := strings.Split(path, "/")
	if len(parts) != 4 {
		return nil, false
	}
	size, err1 := strconv.Atoi(parts[2])
	n, err2 := strconv.ParseUint(parts[3], 10, 64)
	if err1 != nil || err2 != nil || size < 0 || size > maxBody {
		return nil, false
	}
	switch parts[1] {
	case "noise":
		at := int(n * 4099 % uint64(len(b.noise)-maxBody))
		body = append(make([]byte, 0, size), b.noise[at:at+size]...)
		for i := 0; i+8 <= size; i += 4096 { // so that no page of it equals an earlier one
			binary.BigEndian.PutUint64(body[i:], n)
		}
	case "items":
		body = make([]byte, 0, size)
		body = fmt.Appendf(body, `{"id":%d,"parts":[{"sku":"p-%d"}`, n, n)
		for i := uint64(0); len(body) < size-100; i++ {
			body = fmt.Appendf(body, `,{"sku":"p-%d","price":%d.5,"left":%t}`, n+i, (n+i)*7919%1000, i%3 == 0)
		}
		body = append(body, `],"note":"`...)
		for len(body) < size-2 {
			body = append(body, 'x')
		}
		body = append(body, `"}`...)
	default:
		return nil, false
	}
	return body, true
}
