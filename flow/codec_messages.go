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

// appendMessages appends what there is of messages beside their data: of each when, which kind, flags and size.
func appendMessages(b []byte, ms []Message) []byte {
	if len(ms) == 0 {
		return b
	}
	n := 0
	for i := range ms {
		m := &ms[i]
		n += uvarintLen(zigzag(int64(m.At))) + uvarintLen(uint64(m.Kind)) + uvarintLen(m.flags()) + uvarintLen(zigzag(m.Size))
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

// setMessages reads what appendMessages wrote.
func (f *Flow) setMessages(v []byte) bool {
	f.Messages = nil
	for len(v) > 0 {
		var part [4]uint64 // at, kind, flags, size
		for i := range part {
			x, n := binary.Uvarint(v)
			if n <= 0 {
				return false
			}
			part[i], v = x, v[n:]
		}
		m := Message{Kind: MessageKind(part[1]), FromClient: part[2]&messageFromClient != 0, Truncated: part[2]&messageTruncated != 0}
		if uint64(m.Kind) != part[1] {
			return false
		}
		setZigzag(&m.At, part[0])
		setZigzag(&m.Size, part[3])
		f.Messages = append(f.Messages, m)
	}
	return true
}

func setZigzag[T ~int64](p *T, v uint64) { *p = T(unzigzag(v)) }

// AppendMessageData appends the data of the messages to b, which AppendMeta leaves out; SetMessageData takes it. It
// appends nothing when no message has any.
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

// messageDataLen is how many bytes AppendMessageData appends.
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

// SetMessageData gives the messages the data that AppendMessageData wrote for as many. They share b's memory, which is
// theirs from then on. The error is ErrMalformed when it does not fit them; then they have none.
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

// setMessageField is SetMessageData with a copy.
func (f *Flow) setMessageField(v []byte) bool { return f.SetMessageData(bytes.Clone(v)) == nil }
