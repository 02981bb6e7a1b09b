package redact

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/redact/names"
)

// MQTT is spoken over WebSockets. The first packet of a client, CONNECT, has its password (MQTT
// 3.1.1 and 5, section 3.1).

// Bits of the flags of a CONNECT packet.
const (
	mqttWill     = 1 << 2
	mqttPassword = 1 << 6
	mqttUser     = 1 << 7
)

// mqtt redacts the CONNECT packet that data begins with, and what follows it as text. ok is false
// if data does not begin with one. It is not empty.
func (r *Redactor) mqtt(data []byte) (out []byte, ok bool) {
	const connect = 0x10
	if data[0] != connect {
		return nil, false
	}
	packet := mqttPacket{r: r, in: data[1:]}
	rest := packet.sized((*mqttPacket).connect)
	if packet.bad {
		return nil, false
	}
	out = append([]byte{connect}, packet.out...)
	return append(out, r.Text(stringOf(rest))...), true
}

// mqttPacket redacts a packet while it reads it: the lengths are those of the new texts. What the
// input is too short for, and what is no packet, sets bad.
type mqttPacket struct {
	r       *Redactor
	in, out []byte
	bad     bool
}

// take returns the next n bytes.
func (m *mqttPacket) take(n int) []byte {
	if m.bad = m.bad || n > len(m.in); m.bad {
		return make([]byte, n)
	}
	taken := m.in[:n]
	m.in = m.in[n:]
	return taken
}

// copy copies the next n bytes.
func (m *mqttPacket) copy(n int) []byte {
	taken := m.take(n)
	m.out = append(m.out, taken...)
	return taken
}

// sized redacts what follows its length, which read reads to its end, and returns what comes next.
func (m *mqttPacket) sized(read func(*mqttPacket)) (rest []byte) {
	size, used := binary.Uvarint(m.in[:min(len(m.in), 4)])
	if m.bad = m.bad || used <= 0 || int(size) > len(m.in)-used; m.bad {
		return nil
	}
	m.in = m.in[used:]
	inner := mqttPacket{r: m.r, in: m.take(int(size))}
	read(&inner)
	m.bad = inner.bad || len(inner.in) > 0
	m.out = append(binary.AppendUvarint(m.out, uint64(len(inner.out))), inner.out...)
	return m.in
}

// text redacts a text, which its length precedes.
func (m *mqttPacket) text(s names.Sensitivity) string {
	text := string(m.take(int(binary.BigEndian.Uint16(m.take(2)))))
	if m.bad {
		return ""
	}
	red := m.r.redactValue(s, text)
	if s == names.Secret && !utf8.ValidString(text) { // a key
		red = m.r.placeholder(text)
	}
	m.out = append(binary.BigEndian.AppendUint16(m.out, uint16(len(red))), red...)
	return text
}

// connect redacts the header and the payload of a CONNECT packet.
func (m *mqttPacket) connect() {
	if name := m.text(names.Identifier); name != "MQTT" && name != "MQIsdp" {
		m.bad = true
		return
	}
	head := m.copy(4) // version, flags, interval for keeping alive
	isNew, flags := head[0] >= 5, head[1]
	properties := func() {
		if isNew {
			m.sized((*mqttPacket).properties)
		}
	}
	properties()
	m.text(names.Plain) // the id of the client
	if flags&mqttWill != 0 {
		properties()
		m.text(names.Plain)
		m.text(names.Plain)
	}
	if flags&mqttUser != 0 {
		m.text(names.Weak) // brokers take tokens as names
	}
	if flags&mqttPassword != 0 {
		m.text(names.Secret)
	}
}

// properties redacts those of version 5 (section 2.2.2.2).
func (m *mqttPacket) properties() {
	for len(m.in) > 0 && !m.bad {
		switch m.copy(1)[0] {
		case 0x01, 0x17, 0x19:
			m.copy(1)
		case 0x21, 0x22:
			m.copy(2)
		case 0x02, 0x11, 0x18, 0x27:
			m.copy(4)
		case 0x03, 0x08, 0x09, 0x15:
			m.text(names.Plain)
		case 0x16: // authentication data
			m.text(names.Secret)
		case 0x26: // a name and a value
			m.text(m.r.rules.sensitivity(m.text(names.Identifier)))
		default:
			m.bad = true
		}
	}
}
