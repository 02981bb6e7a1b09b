package redact_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/packed"
	"github.com/spectap/spectap/flow/redact/redacttest"
)

var packedTypes = map[packed.Format]string{packed.MessagePack: "application/msgpack", packed.CBOR: "application/cbor"}

// TestPackedLikeJSON: values in a binary format show what the same values show in JSON.
func TestPackedLikeJSON(t *testing.T) {
	name := rapid.SampledFrom([]string{"password", "user", "token", "id", "name", "value", "credentials", "data", "pin", ""})
	leaf := rapid.OneOf(
		rapid.SampledFrom([]string{`"hunter2"`, `"password"`, `"joe@example.com"`, `null`, `true`, `4711`, `"a\"\\\u0001é"`, `"user=ann&password=swordfish"`}),
	)
	var value func(depth int) *rapid.Generator[string]
	value = func(depth int) *rapid.Generator[string] {
		if depth == 0 {
			return leaf
		}
		return rapid.Custom(func(t *rapid.T) string {
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				return leaf.Draw(t, "leaf")
			case 1:
				return "[" + strings.Join(rapid.SliceOfN(value(depth-1), 0, 4).Draw(t, "array"), ",") + "]"
			}
			var members []string
			for _, n := range rapid.SliceOfN(name, 0, 4).Draw(t, "names") {
				members = append(members, `"`+n+`":`+value(depth-1).Draw(t, "member"))
			}
			return "{" + strings.Join(members, ",") + "}"
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(value(3).Draw(t, "value"))
		for format, mt := range packedTypes {
			data := redacttest.Pack(format, text)
			plain, _ := format.JSON(data)
			red := red.Body(mt, data)
			got, n := format.JSON(red)
			if want := redJSON(plain); n != len(red) || string(got) != want {
				t.Fatalf("%s of %s:\ngot  %s\nwant %s", mt, plain, got, want)
			}
		}
	})
}

func redJSON(text []byte) string { return string(red.JSON(text)) }

func TestPacked(t *testing.T) {
	secret := []byte(`{"user":"ann","password":"hunter2","n":1}`)
	const want = `{"user":"ann","password":"[redacted:secret:*]","n":1}`
	pack := func(f packed.Format) []byte { return redacttest.Pack(f, secret) }
	message := pack(packed.MessagePack)
	framed := slices.Concat([]byte{byte(len(message))}, message, []byte{byte(len(message))}, message)
	for _, tt := range []struct {
		name, contentType string
		format            packed.Format
		data              []byte
		want              string
	}{
		{"type", "application/x-msgpack", packed.MessagePack, message, want},
		{"suffix", "application/senml+cbor", packed.CBOR, pack(packed.CBOR), want},
		{"no type", "", packed.MessagePack, message, want},
		{"no type, CBOR", "", packed.CBOR, pack(packed.CBOR), want},
		{"any bytes", "application/octet-stream", packed.MessagePack, message, want},
		{"sequence", "application/cbor-seq", packed.CBOR, append(pack(packed.CBOR), pack(packed.CBOR)...), want + "\n" + want},
		{"cut in a secret", "application/msgpack", packed.MessagePack, message[:bytes.Index(message, []byte("ter2"))], `{"user":"ann","password":"[redacted:secret:*]"}`},
		{"other bytes behind", "application/msgpack", packed.MessagePack, append(message[:len(message):len(message)], "\xc1password=hunter2"...), want},
	} {
		got := red.Body(tt.contentType, tt.data)
		text, _ := tt.format.JSON(got)
		if stars(string(text)) != tt.want || bytes.Contains(got, []byte("hunt")) {
			t.Errorf("%s: got %s of %q, want %s", tt.name, text, got, tt.want)
		}
		if again := red.Body(tt.contentType, got); !bytes.Equal(again, got) {
			t.Errorf("%s: not idempotent: %q, then %q", tt.name, got, again)
		}
	}
	for _, contentType := range []string{"", "application/msgpack"} {
		got := red.Body(contentType, framed)
		frames := packed.Frames(got)
		if len(frames) != 2 || bytes.Contains(got, []byte("hunter2")) {
			t.Fatalf("%q: got %q", contentType, got)
		}
		if text, _ := packed.MessagePack.JSON(frames[1]); stars(string(text)) != want {
			t.Errorf("%q: got %s", contentType, text)
		}
	}
	harmless := redacttest.Pack(packed.MessagePack, []byte(`{"user":"ann"}`))
	if got := red.Body("application/msgpack", harmless); &got[0] != &harmless[0] {
		t.Errorf("a body without a secret was copied: %q", got)
	}
}

// A body is binary also if its texts are placeholders, have one, or have what looks like one.
func TestPackedPlaceholders(t *testing.T) {
	const whole = "[redacted:secret:0123456789]"
	for _, text := range []string{whole, "to " + whole, whole + " and " + whole, "no [redacted:x"} {
		for format := range packedTypes {
			body := `{"note":"` + text + `","pin":"4711"}`
			got, _ := format.JSON(red.Body("", redacttest.Pack(format, []byte(body))))
			if want := strings.Replace(body, "4711", "[]", 1); emptied(string(got)) != emptied(want) {
				t.Errorf("%v: got %s, want %s", format, got, want)
			}
		}
	}
}

// A secret that a binary answer repeats goes, and the lengths in the answer stay right.
func TestPackedRepeats(t *testing.T) {
	const secret = "Tr0ub4dor-and-3"
	answer := redacttest.Pack(packed.CBOR, []byte(`{"error":"`+secret+` is too weak","n":1}`))
	f := flow.Flow{
		Request: flow.Request{Method: "POST", Path: "/login", Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
			Body: flow.Body{Data: []byte(`{"password":"` + secret + `"}`)}},
		Response: &flow.Response{Status: 400, Header: flow.Header{{Name: "Content-Type", Value: "application/cbor"}},
			Body: flow.Body{Data: answer, Size: int64(len(answer))}},
		Messages: []flow.Message{{Data: redacttest.Pack(packed.MessagePack, []byte(`{"echo":"`+secret+`"}`))}},
	}
	out := red.Flow(f)
	text, n := packed.CBOR.JSON(out.Response.Body.Data)
	if stars(string(text)) != `{"error":"[redacted:secret:*] is too weak","n":1}` || n != len(out.Response.Body.Data) ||
		out.Response.Body.Size != int64(n) || !json.Valid(text) {
		t.Errorf("body: %s", text)
	}
	if text, n := packed.MessagePack.JSON(out.Messages[0].Data); stars(string(text)) != `{"echo":"[redacted:secret:*]"}` || n != len(out.Messages[0].Data) {
		t.Errorf("message: %s", text)
	}
}
