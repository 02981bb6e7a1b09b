package packed

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

func fromHex(t testing.TB, s string) []byte {
	t.Helper()
	return must.Get(hex.DecodeString(strings.ReplaceAll(s, " ", "")))
}

// Vectors of the two specifications, and what data that ends early or goes wrong shows.
func TestJSON(t *testing.T) {
	for _, tt := range []struct {
		format Format
		data   string
		want   string
		rest   int // bytes that are not of the format
	}{
		{MessagePack, "82 a7636f6d70616374 c3 a6736368656d61 00", `{"compact":true,"schema":0}`, 0},
		{MessagePack, "93 c0 c2 7f", `[null,false,127]`, 0},
		{MessagePack, "95 00 80 90 a0 ff", `[0,{},[],"",-1]`, 0},
		{MessagePack, "96 e0 d080 d1ff38 d2fffffffe d3ffffffffffffffff d37fffffffffffffff", `[-32,-128,-200,-2,-1,9223372036854775807]`, 0},
		{MessagePack, "94 ccff cdffff ceffffffff cfffffffffffffffff", `[255,65535,4294967295,18446744073709551615]`, 0},
		{MessagePack, "93 ca3fc00000 cb4000000000000000 cb7ff8000000000000", `[1.5,2,null]`, 0},
		{MessagePack, "94 d90161 da000162 db0000000163 c40164", `["a","b","c","d"]`, 0},
		{MessagePack, "93 c5000165 c60000000166 c402ff00", `["e","f","ÿ\u0000"]`, 0},
		{MessagePack, "94 d40561 d5056162 c7010562 d6ff5f5e1000", `["a","ab","b","_^\u0010\u0000"]`, 0},
		{MessagePack, "93 d70561626364656667 68 d80561616161616161616161616161616161 c80001 0562", `["abcdefgh","aaaaaaaaaaaaaaaa","b"]`, 0},
		{MessagePack, "91 c9000000020561 62", `["ab"]`, 0},
		{MessagePack, "dc0001 dd00000001 de0001 a161 df00000001 a162 01", `[[{"a":{"b":1}}]]`, 0},
		{MessagePack, "01 a161 90", "1\n\"a\"\n[]", 0},
		{MessagePack, "82 01a161 c3 a162", `{"1":"a","true":"b"}`, 0},
		{MessagePack, "82 9101 a161 02 a162", `{"":[1],"":"a","2":"b"}`, 0},
		{MessagePack, "92 a3 61 22 5c 01", `["a\"\\",1]`, 0},
		{MessagePack, "92 a3 e282ac a2 0a7f", `["€","\u000a` + "\x7f" + `"]`, 0},
		{MessagePack, "82 a161 a96263", `{"a":"bc"}`, 0},
		{MessagePack, "82 a161 01 a162", `{"a":1,"b":null}`, 0},
		{MessagePack, "93 01 c1 02", `[1]`, 2},
		{MessagePack, "93 01 cd01", `[1]`, 2},
		{MessagePack, "91 d4", `[]`, 1},
		{MessagePack, "91 c403 7f80ff", "[\"\x7f\u0080ÿ\"]", 0},
		{CBOR, "82 01 1901", `[1]`, 2},
		{CBOR, "82 01 c1", `[1]`, 1},
		{CBOR, "a2 6161 01 6162 820203", `{"a":1,"b":[2,3]}`, 0},
		{CBOR, "86 17 1818 1903e8 1a000f4240 1b000000e8d4a51000 1bffffffffffffffff", `[23,24,1000,1000000,1000000000000,18446744073709551615]`, 0},
		{CBOR, "83 20 3903e7 3bffffffffffffffff", `[-1,-1000,-18446744073709551616]`, 0},
		{CBOR, "88 f4 f5 f6 f7 f0 f8ff fa47c35000 fbc010666666666666", `[false,true,null,null,null,null,100000,-4.1]`, 0},
		{CBOR, "86 f93c00 f97bff f90001 f98000 f9c400 f97c00", `[1,65504,5.9604645e-08,-0,-4,null]`, 0},
		{CBOR, "9f 01 bf 6161 02 ff ff", `[1,{"a":2}]`, 0},
		{CBOR, "82 7f 6261 62 6163 ff 5f 4101 ff", `["abc","\u0001"]`, 0},
		{CBOR, "c1 1a514b67b0", `1363896240`, 0},
		{CBOR, "d9d9f7 a1 6161 d820 6162", `{"a":"b"}`, 0},
		{CBOR, "a1 01 02 f6", "{\"1\":2}\nnull", 0},
		{CBOR, "a1 6161 7f 6162 6563", `{"a":"bc"}`, 0},
		{CBOR, "82 01 1c", `[1]`, 1},
		{CBOR, "82 01 3f", `[1]`, 1},
		{CBOR, "82 01 df", `[1]`, 1},
		{CBOR, "bf 6161 ff", `{"a":null}`, 1},
		{CBOR, "7f 4161 ff", ``, 4},
		{CBOR, "ff", ``, 1},
		{CBOR, "c1", ``, 1},
		{CBOR, "5a 00000001 61", `"a"`, 0},
		{CBOR, "7b 0000000000000002 6162", `"ab"`, 0},
		{CBOR, "83 f98400 f90400 f97e00", `[-6.1035156e-05,6.1035156e-05,null]`, 0},
		{None, "a0", ``, 1},
	} {
		data := fromHex(t, tt.data)
		got, n := tt.format.JSON(data)
		if string(got) != tt.want || n != len(data)-tt.rest {
			t.Errorf("%s: got %s and %d of %d bytes, want %s and %d", tt.data, got, n, len(data), tt.want, len(data)-tt.rest)
		}
	}
}

func TestReplace(t *testing.T) {
	long := strings.Repeat("x", 40)
	for _, tt := range []struct {
		format     Format
		data, json string
		want       string
	}{
		{MessagePack, "82 a161 a162 a163 01", `{"a":"bcd","c":1}`, "82 a161 a3626364 a163 01"},
		{MessagePack, "82 a161 c4ff62 a163 01", ``, ""},
		{MessagePack, "82 a161 c40162 a163 01", `{"a":"` + long + `","x":"y"}`, "82 a161 c428" + strings.Repeat("78", 40) + "a178 a179"},
		{MessagePack, "82 a161 a162 a163 01", `{"a":"` + long + `","c":1}`, "82 a161 d928" + strings.Repeat("78", 40) + "a163 01"},
		{MessagePack, "92 93010203 04", `["x",4]`, "92 a178 04"},
		{MessagePack, "82 9101 a161 02 a162", `{"":[1],"":"x","2":"y"}`, "82 9101 a178 02 a179"},
		{MessagePack, "91 c403ff6162", `["ÿx"]`, "91 c402ff78"},
		{MessagePack, "91 a162 05", "[\"x\"]\n\"y\"", "91 a178 a179"},
		{MessagePack, "91 a162", `["x`, ""},
		{MessagePack, "91 a162", `[1]`, ""},
		{MessagePack, "91 a162", `"x"]`, "a178"},
		{MessagePack, "a0", `"x"`, "a178"},
		{MessagePack, "9101", `[`, ""},
		{MessagePack, "81 9101 02", `{"x":[1],"":2}`, ""},
		{CBOR, "a1 6161 c0 6162", `{"a":"xyz"}`, "a1 6161 6378797a"},
		{CBOR, "a1 6161 7f 6162 6163 ff", `{"a":"x"}`, "a1 6161 6178"},
		{CBOR, "a1 6161 4162", `{"a":"` + long + `"}`, "a1 6161 5828" + strings.Repeat("78", 40)},
		{CBOR, "82 9f 01 ff 02", `["x",2]`, "82 6178 02"},
	} {
		got, ok := tt.format.Replace(fromHex(t, tt.data), []byte(tt.json))
		if want := fromHex(t, tt.want); ok != (tt.want != "") || ok && !bytes.Equal(got, want) {
			t.Errorf("%s with %s: got %x, %v, want %x", tt.data, tt.json, got, ok, want)
		}
	}
}

func TestSniff(t *testing.T) {
	for data, want := range map[string]Format{
		"81 a161 01": MessagePack, "92 a161 01": MessagePack, "a1 6161 01": CBOR, "82 6161 01": CBOR, "d9d9f7 a1 6161 01": CBOR,
		"92 a2c3bc 01":          MessagePack,
		"92 a1ff 01":            None, // no UTF-8
		"92 a161 c402ffff":      MessagePack,
		"91 c401ff":             None, // no text
		"93 01 02 03":           None, // no text
		"82 a161 01 a162 02 00": None, // more than one value
		"81 a161":               None, // cut
		"81 01 a3 61":           None, // cut
		"a161":                  None, // no object or array
		"89504e470d0a1a0a00":    None, // an image
		"":                      None,
		"d7a9d79cd795d79d":      None, // text
	} {
		if got := Sniff(fromHex(t, data)); got != want {
			t.Errorf("%s: got %d, want %d", data, got, want)
		}
	}
}

func TestFrames(t *testing.T) {
	long := append(fromHex(t, "91 d9c8"), bytes.Repeat([]byte{'a'}, 200)...)
	data := append(fromHex(t, "03 91a161 cb01"), long...)
	frames := Frames(data)
	if len(frames) != 2 || !bytes.Equal(frames[1], long) {
		t.Errorf("got %x", frames)
	}
	for _, bad := range []string{"04 91a161", "03 91a161 00", "03 91a161 ff", "00", "01 01", "03 91a161 ffffffffffffffffff01", "80", "8080"} {
		if frames := Frames(fromHex(t, bad)); frames != nil {
			t.Errorf("%s: got %x", bad, frames)
		}
	}
}

// For any data, its JSON is valid, replacing nothing changes nothing, and replacing every text
// keeps the rest.
func FuzzReplace(f *testing.F) {
	f.Add(fromHex(f, "82 a7636f6d70616374 c3 a6736368656d61 93c0c27f"), true)
	f.Add(fromHex(f, "bf 6161 01 6162 9f0203ff 7f6163ff4101 ff"), false)
	f.Add(fromHex(f, "82 9101 a161 02 c402ff00"), true)
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		data := make([]byte, 40)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data, r.IntN(2) == 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, isMessagePack bool) {
		format := CBOR
		if isMessagePack {
			format = MessagePack
		}
		checkReplace(t, format, data)
	})
}

func checkReplace(t *testing.T, format Format, data []byte) {
	text, n := format.JSON(data)
	dec := json.NewDecoder(bytes.NewReader(text))
	for dec.More() {
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("%x: %s: %v", data, text, err)
		}
	}
	if len(text) > 8*n+16 {
		t.Fatalf("%x: %d bytes of JSON", data, len(text))
	}
	same, ok := format.Replace(data[:n], text)
	if !ok || !bytes.Equal(same, data[:n]) {
		t.Fatalf("%x: without a change: %x, %v", data, same, ok)
	}
	changed := format.Map(data[:n], func(s string) string { return s + "!" })
	if again, n := format.JSON(changed); n < len(changed) || strings.Count(string(again), "!") < strings.Count(string(text), "!") {
		t.Fatalf("%x: %s became %s (%d of %d bytes)", data, text, again, n, len(changed))
	}
	Sniff(data)
	Frames(data)
}
