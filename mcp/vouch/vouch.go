// Package vouch lets a server believe the gateway that started it: that a person has approved a
// call, who calls, and with which credentials. The gateway gives the server a key when it starts
// it, and signs its word on each request with it. No word of anybody else counts.
package vouch

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// Variable is the environment variable with the key.
const Variable = "SPECTAP_GATEWAY_KEY"

// member is the member of _meta with the word.
const member = "io.github.spectap/gateway"

// Key signs words. A nil Key signs and believes nothing.
type Key []byte

// New returns a random key.
func New() Key { return Key(rand.Text()) }

// Take returns the key that the process was started with, or nil. Its own children do not get it.
func Take() Key {
	k := os.Getenv(Variable)
	os.Unsetenv(Variable)
	if k == "" {
		return nil
	}
	return Key(k)
}

// Word is what a gateway says of a request.
type Word struct {
	// Settled means that a person has approved the call.
	Settled bool
	// Identity is what the gateway knows of the caller: an object of JSON. Nil means that all
	// callers are the same to it.
	Identity jsontext.Value
	// Header has the headers of the caller's HTTP request that are credentials, one value each.
	Header http.Header
}

// The members of a word as JSON.
const (
	settled  = "settled"
	identity = "identity"
	header   = "header"
	code     = "mac"
)

// Sign returns a request with a word, unless the word says nothing.
func (k Key) Sign(m *jsonrpc.Message, w Word) *jsonrpc.Message {
	var word []rawjson.Member
	if w.Settled {
		word = append(word, rawjson.Member{Name: settled, Value: jsontext.Value("true")})
	}
	if w.Identity != nil {
		word = append(word, rawjson.Member{Name: identity, Value: w.Identity})
	}
	if w.Header != nil {
		var headers []rawjson.Member
		for name := range w.Header {
			headers = append(headers, rawjson.Member{Name: name, Value: jsonvalue.Encode(w.Header.Get(name))})
		}
		word = append(word, rawjson.Member{Name: header, Value: rawjson.Join(headers)})
	}
	if k == nil || word == nil {
		return m
	}
	members, meta := jsonrpc.MetaOf(m.Params)
	word = append(word, rawjson.Member{Name: code, Value: jsontext.Value(`"` + k.mac(m.Method, members, word) + `"`)})
	return jsonrpc.WithParams(m, rawjson.Set(members, "_meta", rawjson.Join(rawjson.Set(meta, member, rawjson.Join(word)))))
}

// Open returns a request without the word in it, and the word if the key has signed it.
func (k Key) Open(m *jsonrpc.Message) (*jsonrpc.Message, Word) {
	if !bytes.Contains(m.Params, []byte(member)) {
		return m, Word{}
	}
	members, meta := jsonrpc.MetaOf(m.Params)
	raw := rawjson.Get(meta, member)
	if raw == nil {
		return m, Word{}
	}
	if meta = rawjson.Without(meta, member); len(meta) > 0 {
		members = rawjson.Set(members, "_meta", rawjson.Join(meta))
	} else {
		members = rawjson.Without(members, "_meta")
	}
	m = jsonrpc.WithParams(m, members)
	word, _ := rawjson.Split(raw) // what is no object has no code
	signed := rawjson.String(rawjson.Get(word, code))
	if k == nil || !hmac.Equal([]byte(signed), []byte(k.mac(m.Method, members, rawjson.Without(word, code)))) {
		return m, Word{}
	}
	w := Word{Settled: rawjson.Get(word, settled) != nil, Identity: rawjson.Get(word, identity)}
	headers, _ := rawjson.Split(rawjson.Get(word, header)) // or there are none
	for _, h := range headers {
		if w.Header == nil {
			w.Header = http.Header{}
		}
		w.Header.Set(h.Name, rawjson.String(h.Value))
	}
	return m, w
}

// mac returns the code of a word on a request with these parameters. What is below _meta may change
// on the way.
func (k Key) mac(method string, params, word []rawjson.Member) string {
	h := hmac.New(sha256.New, k)
	h.Write(strconv.AppendQuote(nil, method))
	for _, part := range [][]rawjson.Member{params, word} {
		h.Write([]byte{'{'})
		for _, p := range part {
			if p.Name != "_meta" {
				h.Write(append(strconv.AppendQuote(nil, p.Name), ':'))
				h.Write(p.Value)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
