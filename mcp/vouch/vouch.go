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
	"encoding/json"
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
	Settled bool `json:"settled,omitempty"`
	// Identity is what the gateway knows of the caller: values of JSON. Nil means that all callers
	// are the same to it.
	Identity map[string]any `json:"identity,omitempty"`
	// Header has the headers of the caller's HTTP request that are credentials.
	Header http.Header `json:"header,omitempty"`
}

// Sign returns a request with a word, unless the word says nothing.
func (k Key) Sign(m *jsonrpc.Message, w Word) *jsonrpc.Message {
	if k == nil || !w.Settled && w.Identity == nil && w.Header == nil {
		return m
	}
	members, meta := jsonrpc.MetaOf(m.Params)
	word := jsonvalue.Encode(w)
	signed := rawjson.Join([]rawjson.Member{{Name: "word", Value: word}, {Name: "mac", Value: jsonvalue.Encode(k.mac(m.Method, members, word))}})
	return jsonrpc.WithParams(m, rawjson.Set(members, "_meta", rawjson.Join(rawjson.Set(meta, member, signed))))
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
	signed, _ := rawjson.Split(raw) // anything else has no code
	word := rawjson.Get(signed, "word")
	if k == nil || !hmac.Equal([]byte(rawjson.String(rawjson.Get(signed, "mac"))), []byte(k.mac(m.Method, members, word))) {
		return m, Word{}
	}
	var w Word
	d := json.NewDecoder(bytes.NewReader(word))
	d.UseNumber() // as policies see numbers
	if d.Decode(&w) != nil {
		return m, Word{}
	}
	return m, w
}

// mac returns the code of a word on a request with these parameters. What is below _meta may change
// on the way.
func (k Key) mac(method string, params []rawjson.Member, word jsontext.Value) string {
	h := hmac.New(sha256.New, k)
	h.Write(strconv.AppendQuote(nil, method))
	for _, p := range params {
		if p.Name != "_meta" {
			h.Write(append(strconv.AppendQuote(nil, p.Name), ':'))
			h.Write(p.Value)
		}
	}
	h.Write(word)
	return hex.EncodeToString(h.Sum(nil))
}
