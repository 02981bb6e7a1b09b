package flow

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

// drawFlow draws a flow that survives the codec unchanged: times in UTC, and nil instead of empty
// slices.
func drawFlow(t *rapid.T) Flow {
	text := rapid.OneOf(rapid.String(), rapid.StringN(0, 300, -1), rapid.Just("GET"), rapid.Just("\x00\xff"))
	header := func(name string) Header {
		var h Header
		for range rapid.IntRange(0, 4).Draw(t, name) {
			h = append(h, Field{text.Draw(t, "name"), text.Draw(t, "value")})
		}
		return h
	}
	body := func(name string) Body {
		b := Body{Size: rapid.Int64().Draw(t, name), Truncated: rapid.Bool().Draw(t, "truncated"),
			Dropped: rapid.Bool().Draw(t, "dropped")}
		if data := rapid.SliceOf(rapid.Byte()).Draw(t, "data"); len(data) > 0 {
			b.Data = data
		}
		return b
	}
	f := Flow{
		Seq: Seq(rapid.Uint64().Draw(t, "seq")), Last: Seq(rapid.Uint64().Draw(t, "last")),
		Source:  text.Draw(t, "source"),
		Session: rapid.Uint64().Draw(t, "session"), Tags: rapid.SampledFrom([][]string{nil, {"a"}, {"b", "", "ü"}}).Draw(t, "tags"),
		Import: rapid.Uint64().Draw(t, "import"), Took: time.Duration(rapid.Int64().Draw(t, "took")),
		Err: text.Draw(t, "err"), Done: rapid.Bool().Draw(t, "done"),
		Request: Request{
			Method: text.Draw(t, "method"), Scheme: text.Draw(t, "scheme"), Authority: text.Draw(t, "authority"),
			Path: text.Draw(t, "path"), RawQuery: text.Draw(t, "query"), Proto: text.Draw(t, "proto"),
			Header: header("header"), Trailer: header("trailer"), Body: body("request"),
			Changed: Change(rapid.IntRange(0, 3).Draw(t, "changed")),
		},
	}
	for range rapid.IntRange(0, 3).Draw(t, "messages") {
		m := Message{
			At: time.Duration(rapid.Int64().Draw(t, "at")), FromClient: rapid.Bool().Draw(t, "from client"),
			Kind: MessageKind(rapid.Byte().Draw(t, "kind")),
			Size: rapid.Int64().Draw(t, "size"), Truncated: rapid.Bool().Draw(t, "cut"),
		}
		if data := rapid.SliceOf(rapid.Byte()).Draw(t, "message"); len(data) > 0 {
			m.Data = data
		}
		f.Messages = append(f.Messages, m)
	}
	copy(f.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	if rapid.Bool().Draw(t, "started") {
		f.Started = time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "sec"),
			rapid.Int64Range(0, 999_999_999).Draw(t, "nsec")).UTC()
	}
	if rapid.Bool().Draw(t, "response") {
		f.Response = &Response{
			Status: rapid.Int().Draw(t, "status"), Proto: text.Draw(t, "proto"),
			Header: header("header"), Trailer: header("trailer"), Body: body("response"),
			Changed: Change(rapid.IntRange(0, 3).Draw(t, "changed")),
		}
	}
	return f
}

func TestCodecRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawFlow(t)
		prefix := []byte("before")
		b, err := want.AppendBinary(prefix)
		if err != nil || !bytes.HasPrefix(b, prefix) {
			t.Fatalf("append: %v", err)
		}
		b = b[len(prefix):]
		got := Flow{Err: "left over", Response: &Response{}}
		must.Do(t, got.UnmarshalBinary(b))
		again, _ := got.AppendBinary(nil)
		clear(b) // the flow must not keep slices of b
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
		if b, _ = want.AppendBinary(nil); !bytes.Equal(again, b) {
			t.Fatal("encoding differs the second time")
		}
		must.Do(t, got.UnmarshalBinary(want.AppendMeta(nil)))
		want.Request.Body.Data = nil
		if want.Response != nil {
			want.Response.Body.Data = nil
		}
		data := want.AppendMessageData(nil)
		withData := slices.Clone(want.Messages)
		for i := range want.Messages {
			want.Messages[i].Data = nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("without bodies: got  %+v\nwant %+v", got, want)
		}
		if len(data) == 0 {
			return
		}
		if err := got.SetMessageData(data); err != nil || !reflect.DeepEqual(got.Messages, withData) {
			t.Fatalf("messages: got  %+v, %v\nwant %+v", got.Messages, err, withData)
		}
		if err := got.SetMessageData(append(data, 0)); !errors.Is(err, ErrMalformed) ||
			!reflect.DeepEqual(got, want) {
			t.Fatalf("data that does not fit: %v; %+v", err, got)
		}
	})
}

func TestUnmarshalErrors(t *testing.T) {
	full, _ := (&Flow{
		Seq: 300, ID: ID{1}, Source: "proxy", Started: time.Unix(5, 6),
		Request:  Request{Method: "GET", Header: Header{{"a", "b"}}, Body: Body{Data: []byte("x"), Size: 1}},
		Response: &Response{Status: 200},
	}).AppendBinary(nil)
	for _, tt := range []struct {
		name string
		in   []byte
		want error
	}{
		{"nothing", nil, ErrMalformed},
		{"version 0", []byte{0}, ErrMalformed},
		{"next version", []byte{2, 1, 2, 3}, ErrVersion},
		{"length beyond the end", []byte{1, tagPath, 5, 'a'}, ErrMalformed},
		{"length that overflows", append([]byte{1, tagPath}, bytes.Repeat([]byte{0xff}, 10)...), ErrMalformed},
		{"tag without length", []byte{1, tagPath}, ErrMalformed},
		{"short id", []byte{1, tagID, 2, 1, 2}, ErrMalformed},
		{"long id", append([]byte{1, tagID, 17}, make([]byte, 17)...), ErrMalformed},
		{"number with bytes left over", []byte{1, tagSeq, 2, 1, 1}, ErrMalformed},
		{"number of no bytes", []byte{1, tagSeq, 0}, ErrMalformed},
		{"nanoseconds out of range", []byte{1, tagStarted, 6, 0, 0x80, 0x94, 0xeb, 0xdc, 0x03}, ErrMalformed},
		{"seconds without nanoseconds", []byte{1, tagStarted, 1, 0}, ErrMalformed},
		{"a time of no bytes", []byte{1, tagStarted, 0}, ErrMalformed},
		{"a time with bytes left over", []byte{1, tagStarted, 3, 0, 0, 0}, ErrMalformed},
		{"duration of no bytes", []byte{1, tagTook, 0}, ErrMalformed},
		{"flags of no bytes", []byte{1, tagFlags, 0}, ErrMalformed},
		{"flags of a body of no bytes", []byte{1, tagBodyFlags, 0}, ErrMalformed},
		{"size of a response cut off", []byte{1, tagBodySize + fromRequest, 1, 0x80}, ErrMalformed},
		{"tag cut off", []byte{1, tagTags, 2, 2, 'a'}, ErrMalformed},
		{"header name cut off", []byte{1, tagHeader, 2, 2, 'a'}, ErrMalformed},
		{"header name without value", []byte{1, tagHeader, 2, 1, 'a'}, ErrMalformed},
		{"message cut off", []byte{1, tagMessages, 3, 0, 1, 0}, ErrMalformed},
		{"message of an unknown kind", []byte{1, tagMessages, 5, 0, 0x80, 2, 0, 0}, ErrMalformed},
		{"data of no message", []byte{1, tagMessageData, 1, 0}, ErrMalformed},
		{"data of fewer messages", []byte{1, tagMessages, 8, 0, 1, 0, 0, 0, 1, 0, 0, tagMessageData, 2, 1, 'a'}, ErrMalformed},
		{"trailer of the response cut off", []byte{1, tagTrailer + fromRequest, 1, 9}, ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := Flow{Source: "as it was"}
			if err := f.UnmarshalBinary(tt.in); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if !reflect.DeepEqual(f, Flow{Source: "as it was"}) {
				t.Errorf("the flow was changed: %+v", f)
			}
		})
	}
	for n := range len(full) {
		var f Flow
		f.UnmarshalBinary(full[:n]) // must not panic
	}
}

// TestUnmarshalUnknownFields reads a record with fields and flags that this version does not
// define.
func TestUnmarshalUnknownFields(t *testing.T) {
	b := []byte{1}
	b = append(b, 15, 3, 'n', 'e', 'w')
	b = append(b, 0xff, 0x7f, 1, 0) // a tag of two bytes
	b = appendUint(b, tagFlags, 0xff)
	b = appendUint(b, tagBodyFlags, 0xe0)
	b = append(b, 30, 0, 47, 2, 0xff, 0xff)
	b = appendBytes(b, tagMethod, "PATCH")
	var f Flow
	must.Do(t, f.UnmarshalBinary(b))
	if !reflect.DeepEqual(f, Flow{Done: true, Request: Request{Method: "PATCH"}}) {
		t.Errorf("got %+v", f)
	}
}

// TestCodecBytes checks the bytes that docs/format.md describes: they must never change.
func TestCodecBytes(t *testing.T) {
	f := Flow{
		Seq: 1, Last: 300, ID: ID{0: 0xaa, 15: 0xbb}, Source: "proxy", Import: 2, Session: 3, Tags: []string{"t", "u"}, Started: time.Unix(-1, 5),
		Took: 3, Err: "e", Done: true,
		Request: Request{
			Method: "GET", Scheme: "https", Authority: "h", Path: "/p", RawQuery: "q", Proto: "HTTP/1.1",
			Header: Header{{"A", "b"}, {"A", ""}}, Trailer: Header{{"t", "u"}},
			Body: Body{Data: []byte("xy"), Size: 9, Truncated: true},
		},
		Response: &Response{
			Status: 200, Proto: "HTTP/2.0", Header: Header{{"C", "d"}}, Trailer: Header{{"v", "w"}},
			Body: Body{Data: []byte("z"), Size: 1, Truncated: true},
		},
		Messages: []Message{
			{At: 64, FromClient: true, Kind: Text, Data: []byte("hi"), Size: 2},
			{At: 65, Kind: Ping},
			{At: 66, Kind: Binary, Data: []byte{0}, Size: 300, Truncated: true},
		},
	}
	got, _ := f.AppendBinary(nil)
	const want = "01" +
		"010101" + "0202ac02" + "0310aa0000000000000000000000000000bb" + "040570726f7879" + "050102" +
		"06020105" + "070106" + "080165" + "090101" +
		"0a10" + "80010101" + "04" + "82010900" + "00" + "84010202" + "d804" + "0c0103" + "0d0401740175" +
		"1003474554" + "11056874747073" + "120168" + "13022f70" + "140171" + "1508485454502f312e31" +
		"1607014101620141" + "00" + "170401740175" + "180112" + "190101" +
		"2000" + "21029003" + "2508485454502f322e30" + "260401430164" + "270401760177" + "280102" + "290101" +
		"1a027879" + "2a017a" + "0b06" + "026869" + "00" + "0100"
	if hex.EncodeToString(got) != want {
		t.Errorf("got  %x\nwant %s", got, want)
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, x := range []Flow{
		{},
		{Seq: 1, Started: time.Unix(1, 2),
			Request:  Request{Header: Header{{"a", "b"}}, Body: Body{Data: []byte("x")}},
			Response: &Response{Status: 1}},
		{Done: true, Messages: []Message{{At: 1, Kind: Text, FromClient: true, Data: []byte("m"), Size: 1},
			{Kind: Close, Size: 9, Truncated: true}}},
	} {
		b, _ := x.AppendBinary(nil)
		f.Add(b)
	}
	f.Add([]byte{2})
	f.Fuzz(func(t *testing.T, b []byte) {
		var x, y Flow
		if x.UnmarshalBinary(b) != nil {
			return
		}
		enc := must.Get(x.AppendBinary(nil))
		must.Do(t, y.UnmarshalBinary(enc))
		again, _ := y.AppendBinary(nil)
		if !bytes.Equal(enc, again) {
			t.Errorf("%x became %x", enc, again)
		}
	})
}
