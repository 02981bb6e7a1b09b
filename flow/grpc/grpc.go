// Package grpc reads the messages of gRPC, gRPC-web, Connect and Twirp as JSON.
//
// A message of Protocol Buffers has numbers in place of names, so that only its descriptor says
// which field is a password. [Load] reads descriptors from files, and [Schema.Flow] returns a flow
// whose bodies are JSON, for redaction, search and display. It does not write messages.
//
// The formats are described at https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md,
// PROTOCOL-WEB.md beside it, https://connectrpc.com/docs/protocol and
// https://twitchtv.github.io/twirp/docs/spec_v7.html. Read grpc.go first, then load.go.
package grpc

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// Limits of one body. What exceeds maxBody and maxMessages is left out as if it was cut off.
const (
	maxBody = 16 << 20 // bytes as sent, decompressed and as JSON, as redaction reads
	// maxMessage is a quarter of what implementations of gRPC receive by default: half a million
	// messages without fields, which take 250 MB.
	maxMessage  = 1 << 20
	maxMessages = 10_000
	maxDepth    = 100 // of messages in messages, as in C++ and Java
	// maxAny is the number of Any in a message. Each is decoded with all that it holds, so that
	// the work is quadratic. Lists of resources of Envoy (xDS) have hundreds.
	maxAny = 1000
	// valueCost is what a value, each of which has a comma in JSON, takes of maxBody: half a
	// million take about a second.
	valueCost = 32
)

var errMessage = errors.New("not a message of the method")

// Schema has the methods of services. It is immutable and safe for concurrent use, once Budget is
// set.
type Schema struct {
	// Budget, unless nil, bounds what compressed messages have altogether.
	Budget  *decode.Budget
	methods map[string]method // by "package.Service/Method"
}

type method struct {
	protoreflect.MethodDescriptor
	types resolver
}

// protocol is how a media type carries messages.
type protocol struct {
	json     string // the media type of the same protocol with messages in JSON
	isFramed bool   // each message follows a flag and its length
	isBase64 bool
	encoding string // the header that names the compression of messages
}

// protocols has the media types, without +proto.
var protocols = map[string]protocol{
	"application/grpc":          {"application/grpc+json", true, false, "Grpc-Encoding"},
	"application/grpc-web":      {"application/grpc-web+json", true, false, "Grpc-Encoding"},
	"application/grpc-web-text": {"application/grpc-web+json", true, true, "Grpc-Encoding"},
	"application/connect":       {"application/connect+json", true, false, "Connect-Content-Encoding"},
	"application/proto":         {"application/json", false, false, ""}, // Connect
	"application/protobuf":      {"application/json", false, false, ""}, // Twirp
	"application/x-protobuf":    {"application/json", false, false, ""},
}

// Flow returns f with bodies of known methods as JSON: an object, or an array for a method that
// streams. The media type says so, in the form that the protocol has for messages in JSON. What a
// body of gRPC-web says at its end becomes the trailer. A body that does not fit the method, or is
// too large, stays as it is. Flow does not change what f points to.
func (s *Schema) Flow(f flow.Flow) flow.Flow {
	m, ok := s.method(f.Request.Path)
	if !ok {
		return f
	}
	q := &f.Request
	q.Header, q.Body, _ = s.message(m, m.Input(), m.IsStreamingClient(), q.Header, q.Body)
	if f.Response != nil {
		a := *f.Response
		var trailer flow.Header
		a.Header, a.Body, trailer = s.message(m, m.Output(), m.IsStreamingServer(), a.Header, a.Body)
		a.Trailer = append(a.Trailer[:len(a.Trailer):len(a.Trailer)], trailer...)
		f.Response = &a
	}
	return f
}

// method returns the method of a path, whose last segments name it: a server may have a prefix.
func (s *Schema) method(path string) (method, bool) {
	service := strings.LastIndexByte(path[:max(strings.LastIndexByte(path, '/'), 0)], '/')
	m, ok := s.methods[path[service+1:]]
	return m, ok
}

// message returns the header and body of a message of HTTP as JSON, and the trailer in the body.
func (s *Schema) message(
	m method, d protoreflect.MessageDescriptor, streams bool, h flow.Header, b flow.Body,
) (flow.Header, flow.Body, flow.Header) {
	p, ok := protocols[strings.TrimSuffix(h.MediaType(), "+proto")]
	if !ok || len(b.Data) == 0 {
		return h, b, nil
	}
	data, complete, err := s.Budget.Body(h, b, maxBody)
	if err != nil || !p.isFramed && (!complete || len(data) > maxMessage) {
		return h, b, nil
	}
	r := reader{budget: s.Budget, header: flow.Header{{Name: "Content-Encoding", Value: h.Get(p.encoding)}}}
	if !p.isFramed {
		r.out, err = m.json(d, data)
	} else {
		if p.isBase64 {
			data = fromBase64(data)
		}
		err = r.frames(data, streams, func(data []byte) ([]byte, error) { return m.json(d, data) })
	}
	out := flow.Body{Data: r.out, Size: int64(len(r.out)), Truncated: !complete || r.isCut}
	if err != nil || len(r.out) == 0 && out.Truncated {
		return h, b, nil
	}
	if out.Truncated {
		out.Size = max(b.Size, out.Size)
	}
	h = decode.Header(h, len(r.out))
	for i := range h {
		if strings.EqualFold(h[i].Name, "Content-Type") {
			h[i].Value = p.json
		}
	}
	return h, out, r.trailer
}

// fromBase64 decodes base64 with padding in it, as it has between the frames of a stream. It ends
// at the first other text.
func fromBase64(data []byte) []byte {
	var out []byte
	var group [3]byte
	for ; len(data) >= 4; data = data[4:] {
		n, err := base64.StdEncoding.Decode(group[:], data[:4])
		if err != nil {
			break
		}
		out = append(out, group[:n]...)
	}
	return out
}

// Flags of a frame.
const (
	isCompressed = 1
	endsConnect  = 2    // an object of JSON, with the error and the trailer
	endsWeb      = 0x80 // lines of the trailer
	headLen      = 5
)

// reader reads the frames of a body.
type reader struct {
	budget  *decode.Budget
	header  flow.Header // of the compressed frames
	out     []byte      // JSON
	trailer flow.Header
	isCut   bool // messages are missing at the end
}

// frames reads the messages, of which there may be several if the method streams. An object that
// ends a stream of Connect, with its error, is the last of an array.
func (r *reader) frames(data []byte, streams bool, toJSON func([]byte) ([]byte, error)) error {
	var texts [][]byte
	total := 0
	for len(data) >= headLen {
		flags, size := data[0], binary.BigEndian.Uint32(data[1:])
		if flags&^(isCompressed|endsConnect|endsWeb) != 0 || size > maxMessage {
			return errMessage
		}
		if uint64(len(data)-headLen) < uint64(size) {
			break
		}
		frame, err := r.plain(flags, data[headLen:headLen+size])
		data = data[headLen+size:]
		text := frame
		switch {
		case err != nil:
		case flags&endsWeb != 0:
			lines := textproto.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(frame), strings.NewReader("\r\n"))))
			trailer, _ := lines.ReadMIMEHeader()                                                                    // of malformed lines, those before
			maps.DeleteFunc(trailer, func(name string, _ []string) bool { return strings.HasSuffix(name, "-Bin") }) // base64
			r.trailer, data = flow.HeaderOf(http.Header(trailer)), nil
			continue
		case flags&endsConnect != 0 && jsontext.Value(frame).IsValid():
			if streams, data = true, nil; string(frame) == "{}" {
				continue
			}
		case len(texts) > 0 && !streams:
			err = errMessage
		default:
			text, err = toJSON(frame)
		}
		if err != nil {
			return err
		}
		if total += max(len(frame), len(text), valueCost*bytes.Count(text, []byte{','})); len(texts) == maxMessages || total > maxBody {
			r.isCut = true
			break
		}
		texts = append(texts, text)
	}
	r.isCut = r.isCut || len(data) > 0
	r.out = bytes.Join(texts, []byte(",\n"))
	if streams {
		r.out = append(append([]byte{'['}, r.out...), ']')
	}
	return nil
}

// plain returns what a frame has, decompressed.
func (r *reader) plain(flags byte, frame []byte) ([]byte, error) {
	if flags&isCompressed == 0 {
		return frame, nil
	}
	data, complete, err := r.budget.Body(r.header, flow.Body{Data: frame, Size: int64(len(frame))}, maxMessage)
	if err == nil && !complete {
		err = errMessage
	}
	return data, err
}

// json returns a message as JSON. A member "@unknown" says that there are fields which the
// descriptor lacks, whose names and types nobody knows here.
func (m method) json(d protoreflect.MessageDescriptor, data []byte) (_ []byte, err error) {
	defer func() {
		if recover() != nil { // of protobuf 1.36, for the key of a map that has another type
			err = errMessage
		}
	}()
	msg, types := dynamicpb.NewMessage(d), resolver{m.types.types, new(int)}
	read := proto.UnmarshalOptions{AllowPartial: true, Resolver: types, RecursionLimit: maxDepth}
	if err := read.Unmarshal(data, msg); err != nil {
		return nil, err
	}
	unknown := proto.Size(msg)
	read.DiscardUnknown = true
	_ = read.Unmarshal(data, msg) // as before
	unknown -= proto.Size(msg)
	hide(msg, types, read)
	out, err := protojson.MarshalOptions{AllowPartial: true, Resolver: types, UseProtoNames: true}.Marshal(msg)
	if err != nil {
		return nil, err
	}
	text := jsontext.Value(out)
	_ = text.Compact() // protojson adds blanks at random
	if body, ok := bytes.CutSuffix(text, []byte("}")); ok && unknown > 0 {
		if len(body) > 1 {
			body = append(body, ',')
		}
		text = fmt.Appendf(body, `"@unknown":"%d bytes of fields that the descriptor lacks"}`, unknown)
	}
	return text, nil
}

// hide empties what redaction could not read in the JSON: fields of bytes, which may be messages or
// archives, and those with the option debug_redact.
func hide(m protoreflect.Message, types resolver, read proto.UnmarshalOptions) {
	fields := m.Descriptor().Fields()
	if m.Descriptor().FullName() == "google.protobuf.Any" {
		t, err := types.FindMessageByURL(m.Get(fields.ByNumber(1)).String())
		if err != nil {
			return // nor is it read for the JSON
		}
		inner := t.New()
		if read.Unmarshal(m.Get(fields.ByNumber(2)).Bytes(), inner.Interface()) == nil {
			hide(inner, types, read)
			data, _ := proto.MarshalOptions{AllowPartial: true}.Marshal(inner.Interface())
			m.Set(fields.ByNumber(2), protoreflect.ValueOfBytes(data))
		}
		return
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		o, _ := f.Options().(*descriptorpb.FieldOptions)
		value := f
		if f.IsMap() {
			value = f.MapValue()
		}
		switch {
		case o.GetDebugRedact(), value.Kind() == protoreflect.BytesKind:
			m.Clear(f)
		case value.Message() == nil:
		case f.IsMap():
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool { hide(v.Message(), types, read); return true })
		case f.IsList():
			for i := range v.List().Len() {
				hide(v.List().Get(i).Message(), types, read)
			}
		default:
			hide(v.Message(), types, read)
		}
		return true
	})
}
