package grpc

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
)

const root = "testdata/proto"

func load(t testing.TB, paths ...string) *Schema {
	return must.Get(Load(t.Context(), paths))
}

func exchange(path string, q flow.Header, sent string, a flow.Header, got string) flow.Flow {
	return flow.Flow{
		Request:  flow.Request{Path: path, Header: q, Body: flow.Body{Data: []byte(sent), Size: int64(len(sent))}},
		Response: &flow.Response{Header: a, Body: flow.Body{Data: []byte(got), Size: int64(len(got))}},
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// TestProtocols records calls of clients to a server, and reads them with and without secrets.
func TestProtocols(t *testing.T) {
	const path = "/shop.v1.Users/Watch"
	s := load(t, root)
	type message = structpb.Struct
	of := func(name, text string) *message {
		return &message{Fields: map[string]*structpb.Value{name: structpb.NewStringValue(text)}}
	}
	watch := func(_ context.Context, _ *connect.Request[message], out *connect.ServerStream[message]) error {
		return cmp.Or(out.Send(of("access_token", "tok-1x7")), out.Send(of("user", "ada")))
	}
	server := httptest.NewUnstartedServer(connect.NewServerStreamHandler(path, watch))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for mediaType, protocol := range map[string]connect.ClientOption{
		"application/grpc+json": connect.WithGRPC(), "application/grpc-web+json": connect.WithGRPCWeb(),
		"application/connect+json": connect.WithClientOptions(),
	} {
		var recorded flow.Flow
		record := roundTrip(func(q *http.Request) (*http.Response, error) {
			sent, _ := io.ReadAll(q.Body)
			q.Body = io.NopCloser(bytes.NewReader(sent))
			a, err := server.Client().Transport.RoundTrip(q)
			if err == nil {
				got, _ := io.ReadAll(a.Body)
				a.Body = io.NopCloser(bytes.NewReader(got))
				recorded = exchange(path, flow.HeaderOf(q.Header), string(sent), flow.HeaderOf(a.Header), string(got))
			}
			return a, err
		})
		c := connect.NewClient[message, message](&http.Client{Transport: record}, server.URL+path, protocol, connect.WithSendGzip())
		stream, err := c.CallServerStream(t.Context(), connect.NewRequest(of("password", "hunter2-at-home")))
		if err != nil || !stream.Receive() {
			t.Fatal(mediaType, err)
		}
		f := s.Flow(recorded)
		if q, a := f.Request.Body.Data, f.Response; string(q) != `{"password":"hunter2-at-home"}` ||
			string(a.Body.Data) != "[{\"access_token\":\"tok-1x7\"},\n{\"user\":\"ada\"}]" || a.Header.Get("Content-Type") != mediaType {
			t.Errorf("%s: %s\n%s %s", mediaType, q, a.Header.Get("Content-Type"), a.Body.Data)
		}
		f = redact.New(nil, redact.Config{}).Reading(s.Flow).Flow(recorded)
		shown := string(f.Request.Body.Data) + string(f.Response.Body.Data)
		if strings.Contains(shown, "hunter2") || strings.Contains(shown, "tok-1x7") || !strings.Contains(shown, `"user":"ada"`) {
			t.Errorf("%s is shown as %s", mediaType, shown)
		}
	}
}

func frame(flags byte, data string) string {
	return string(binary.BigEndian.AppendUint32([]byte{flags}, uint32(len(data)))) + data
}

// TestFlow reads bodies of the method Upload, whose requests are a stream and whose response is one
// message.
func TestFlow(t *testing.T) {
	s := load(t, root+"/shop/v1/session.proto", root)
	const counts = "\x1a\x05\x0a\x01a\x10\x07"
	deep := ""
	for range 2 * maxDepth {
		deep = "\x22" + string(binary.AppendUvarint(nil, uint64(len(deep)))) + deep
	}
	many := strings.Repeat("\x12\x0f\x0a\x0b"+"x/a.Unknown"+"\x12\x00", maxAny+1)
	any := "\x12\x0f\x0a\x0b" + "x/a.Unknown" + "\x12\x00"
	for _, tt := range []struct{ name, mediaType, request, response, want, wantResponse string }{
		{"gRPC", "application/grpc", frame(0, counts) + frame(0, ""), frame(0, "\x22\x02\x22\x00"),
			"[{\"counts\":{\"a\":\"7\"}},\n{}]", `{"reply":{"reply":{}}}`},
		{"a stream that is cut", "application/grpc+proto", frame(0, counts) + "\x00\x00", "\x00", `[{"counts":{"a":"7"}}]`, "\x00"},
		{"fields and types that the descriptor lacks", "application/grpc", frame(0, any), frame(0, "\x28\x01"+counts),
			`[{"details":[{"@type":"x/a.Unknown"}]}]`, `{"counts":{"a":"7"},"@unknown":"2 bytes of fields that the descriptor lacks"}`},
		{"more Any than may be", "application/grpc", frame(0, many), frame(0, many), "", ""},
		{"more values than may be", "application/grpc", strings.Repeat(frame(0, strings.Repeat("\x12\x00", 300_000)), 2), "\x00",
			`[{"details":[{}` + strings.Repeat(",{}", 299_999) + "]}]", "\x00"},
		{"a trailer in base64", "application/grpc-web-text", base64.StdEncoding.EncodeToString([]byte(frame(0, counts))),
			base64.StdEncoding.EncodeToString([]byte(frame(0, ""))) + base64.StdEncoding.EncodeToString([]byte(frame(0x80, "grpc-status: 0\r\na-bin: aHVudGVyMg\r\n"))),
			`[{"counts":{"a":"7"}}]`, "{}"},
		{"an error of Connect", "application/connect+proto", frame(0, ""), frame(2, `{"error":{}}`), "[{}]", `[{"error":{}}]`},
		{"Twirp", "application/protobuf", counts, counts, `{"counts":{"a":"7"}}`, `{"counts":{"a":"7"}}`},
		{"another message", "application/grpc", frame(0, "\x0a\x03abc"), frame(0, "") + frame(0, ""), "", ""},
		{"frames that are none", "application/grpc", "\x40\x00\x00\x00\x00", "\x00\xff\xff\xff\xff", "", ""},
		{"an unknown compression", "application/grpc", frame(1, "abc"), frame(1, counts), "", ""},
		{"too deep", "application/proto", deep, deep, "", ""},
	} {
		h := flow.Header{{Name: "Content-Type", Value: tt.mediaType}, {Name: "Grpc-Encoding", Value: "snappy"}}
		f := s.Flow(exchange("/prefix/shop.v1.Uploads/Upload", h, tt.request, h, tt.response))
		q, a := cmp.Or(tt.want, tt.request), cmp.Or(tt.wantResponse, tt.response)
		if string(f.Request.Body.Data) != q || string(f.Response.Body.Data) != a || f.Response.Trailer.Has("A-Bin") {
			t.Errorf("%s: %q, %q", tt.name, f.Request.Body.Data, f.Response.Body.Data)
		}
	}
}

// TestLoad reads files with and without what they need.
func TestLoad(t *testing.T) {
	folder := t.TempDir()
	must.Do(t, errors.Join(os.CopyFS(folder, os.DirFS(root)), os.Mkdir(folder+"/x.proto", 0o700)))
	for path, want := range map[string]string{
		root: "", folder: "", "testdata/shop.binpb": "", "testdata/incomplete.binpb": "session.proto", root + "/shop/v1/users.proto": "session.proto",
		root + "/shop/v1/session.proto": "no services", "grpc.go": "grpc.go", "missing.binpb": "missing.binpb",
	} {
		_, err := Load(t.Context(), []string{path})
		if err != nil && (want == "" || !strings.Contains(err.Error(), want)) || err == nil && want != "" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// FuzzFlow reads any bodies and descriptor sets: what becomes JSON is valid.
func FuzzFlow(f *testing.F) {
	s := load(f, root)
	set, _ := os.ReadFile("testdata/shop.binpb")
	for _, mediaType := range []string{"application/grpc", "application/grpc-web-text", "application/connect+proto", "application/proto"} {
		f.Add(mediaType, []byte(frame(0, "\x1a\x05\x0a\x01a\x10\x07")+frame(0x82, "{}")), set)
	}
	f.Fuzz(func(t *testing.T, mediaType string, data, set []byte) {
		other := &Schema{methods: map[string]method{}}
		_ = other.addSet(set) // may be none
		h := flow.Header{{Name: "Content-Type", Value: mediaType}, {Name: "Grpc-Encoding", Value: "gzip"}}
		for _, s := range []*Schema{s, other} {
			for path := range s.methods {
				if out := s.Flow(exchange(path, h, string(data), h, "")).Request; out.Header.MediaType() != h.MediaType() && len(out.Body.Data) > 0 && !json.Valid(out.Body.Data) {
					t.Fatalf("%s: %q", path, out.Body.Data)
				}
			}
		}
	})
}

// TestHide leaves out fields that redaction could not read, also in an Any.
func TestHide(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "p.proto")
	must.Do(t, os.WriteFile(file, []byte(`syntax = "proto3"; package p; import "google/protobuf/any.proto";
message M { bytes raw = 1; string hush = 2 [debug_redact = true]; google.protobuf.Any any = 3; repeated M more = 4; map<string, bytes> map = 5; string name = 6; }
service S { rpc Do(M) returns (M); }`), 0o600))
	const secret = "\x0a\x03abc\x12\x03abc\x2a\x08\x0a\x01k\x12\x03abc"
	item := secret + "\x32\x01n"
	body := item + "\x1a" + string(rune(9+len(item))) + "\x0a\x05x/p.M\x12" + string(rune(len(item))) + item + "\x22" + string(rune(len(item))) + item
	h := flow.Header{{Name: "Content-Type", Value: "application/proto"}}
	f := load(t, file, dir).Flow(exchange("/p.S/Do", h, body, h, body))
	if got := string(f.Request.Body.Data); got != `{"any":{"@type":"x/p.M","name":"n"},"more":[{"name":"n"}],"name":"n"}` {
		t.Error(got)
	}
}
