package redact_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
)

// listBody returns a list of objects as APIs send them, without secrets.
func listBody() []byte {
	var b bytes.Buffer
	b.WriteString("[")
	for i := range 200 {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"id":%d,"node_id":"MDQ6VXNlcjE%d=","uuid":"550e8400-e29b-41d4-a716-44665544%04d","name":"Thing number %d","description":"A longer text with some words, and a link to https://example.com/things/%d?page=2.","created_at":"2026-11-20T09:00:00Z","sha":"6dcb09b5b57875f334f61aebed695e2e4193db5e","tags":["red","green"],"price":{"amount":12.5,"currency":"EUR"},"active":true,"owner":{"login":"joe%d","url":"https://api.example.com/users/joe%d","site_admin":false},"n":null}`,
			i, i, i, i, i, i, i)
	}
	b.WriteString("]")
	return b.Bytes()
}

// BenchmarkJSON compares redaction with reading the tokens of the same text.
func BenchmarkJSON(b *testing.B) {
	data := listBody()
	b.Run("tokens", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			dec := jsontext.NewDecoder(bytes.NewReader(data))
			for {
				if _, err := dec.ReadToken(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("redact", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			red.JSON(data)
		}
	})
	secrets := bytes.ReplaceAll(data, []byte(`"login":"`), []byte(`"email":"joe@example.com","token":"`))
	b.Run("redact with secrets", func(b *testing.B) {
		b.SetBytes(int64(len(secrets)))
		b.ReportAllocs()
		for b.Loop() {
			red.JSON(secrets)
		}
	})
}

func BenchmarkText(b *testing.B) {
	text := bytes.Repeat([]byte("The quick brown fox, number 12, jumps over <b>the</b> lazy dog at https://example.com/a/b?c=d today. "), 200)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		red.Body("text/html", text)
	}
}

func BenchmarkFlow(b *testing.B) {
	f := flow.Flow{
		Request: flow.Request{Path: "/v1/things/17", RawQuery: "page=1&per_page=30",
			Header: header("Authorization", "Bearer abc", "Accept", "application/json", "User-Agent", "x/1",
				"Cookie", "a=b")},
		Response: &flow.Response{Header: header("Content-Type", "application/json", "Date",
			"Fri, 20 Nov 2026 07:12:39 GMT", "ETag", `"abc"`),
			Body: flow.Body{Data: listBody()[:4000], Size: 4000, Truncated: true}},
	}
	b.ReportAllocs()
	for b.Loop() {
		red.Flow(f)
	}
}
