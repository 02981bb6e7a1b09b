package flow

import (
	"bytes"
	"encoding/binary"
)

// Flags of a message.
const (
	messageFromClient = 1
	messageTruncated  = 2
)

// appendMessages appends the time, kind, flags and size of each message, without its data.
func appendMessages(b []byte, ms []Message) []byte {
	if len(ms) == 0 {
		return b
	}
	n := 0
	for i := range ms {
		m := &ms[i]
		n += uvarintLen(zigzag(int64(m.At))) + uvarintLen(uint64(m.Kind)) + uvarintLen(m.flags()) +
			uvarintLen(zigzag(m.Size))
	}
	b = binary.AppendUvarint(append(b, tagMessages), uint64(n))
	for i := range ms {
		m := &ms[i]
		b = binary.AppendUvarint(b, zigzag(int64(m.At)))
		b = binary.AppendUvarint(b, uint64(m.Kind))
		b = binary.AppendUvarint(b, m.flags())
		b = binary.AppendUvarint(b, zigzag(m.Size))
	}
	return b
}

func (m *Message) flags() uint64 {
	var v uint64
	if m.FromClient {
		v |= messageFromClient
	}
	if m.Truncated {
		v |= messageTruncated
	}
	return v
}

// setMessages reads the output of appendMessages.
func (f *Flow) setMessages(v []byte) bool {
	f.Messages = nil
	for len(v) > 0 {
		var fields [4]uint64 // at, kind, flags, size
		for i := range fields {
			x, n := binary.Uvarint(v)
			if n <= 0 {
				return false
			}
			fields[i], v = x, v[n:]
		}
		m := Message{Kind: MessageKind(fields[1]), FromClient: fields[2]&messageFromClient != 0,
			Truncated: fields[2]&messageTruncated != 0}
		if uint64(m.Kind) != fields[1] {
			return false
		}
		setZigzag(&m.At, fields[0])
		setZigzag(&m.Size, fields[3])
		f.Messages = append(f.Messages, m)
	}
	return true
}

func setZigzag[T ~int64](p *T, v uint64) { *p = T(unzigzag(v)) }

// AppendMessageData appends the data of the messages, which AppendMeta omits, for SetMessageData.
// It appends nothing if all data is empty.
func (f *Flow) AppendMessageData(b []byte) []byte {
	if f.messageDataLen() == 0 {
		return b
	}
	for i := range f.Messages {
		b = binary.AppendUvarint(b, uint64(len(f.Messages[i].Data)))
		b = append(b, f.Messages[i].Data...)
	}
	return b
}

// messageDataLen returns the number of bytes that AppendMessageData appends.
func (f *Flow) messageDataLen() int {
	n, data := 0, 0
	for i := range f.Messages {
		size := len(f.Messages[i].Data)
		n += uvarintLen(uint64(size)) + size
		data += size
	}
	if data == 0 {
		return 0
	}
	return n
}

func (f *Flow) appendMessageField(b []byte) []byte {
	n := f.messageDataLen()
	if n == 0 {
		return b
	}
	b = binary.AppendUvarint(append(b, tagMessageData), uint64(n))
	return f.AppendMessageData(b)
}

// SetMessageData sets the data of the messages from the output of AppendMessageData for the same
// number of messages. The messages keep slices of b. If b does not fit, it returns ErrMalformed and
// clears the data.
func (f *Flow) SetMessageData(b []byte) error {
	rest := b
	for i := range f.Messages {
		data, after, ok := cutBytes(rest)
		if !ok {
			f.dropMessageData()
			return ErrMalformed
		}
		rest = after
		f.Messages[i].Data = nil
		if len(data) > 0 {
			f.Messages[i].Data = data[:len(data):len(data)]
		}
	}
	if len(rest) > 0 {
		f.dropMessageData()
		return ErrMalformed
	}
	return nil
}

func (f *Flow) dropMessageData() {
	for i := range f.Messages {
		f.Messages[i].Data = nil
	}
}

// setMessageField is SetMessageData with a copy of v.
func (f *Flow) setMessageField(v []byte) bool { return f.SetMessageData(bytes.Clone(v)) == nil }
