package redact_test

import (
	"encoding/binary"
	"strings"
	"testing"
)

// mqttText is a text of MQTT, which its length precedes.
func mqttText(s string) string { return string(binary.BigEndian.AppendUint16(nil, uint16(len(s)))) + s }

// mqttSized is a text that its length precedes as a variable byte integer.
func mqttSized(s string) string { return string(binary.AppendUvarint(nil, uint64(len(s)))) + s }

// TestMQTT redacts what a client of MQTT proves itself with, and keeps the packet readable.
func TestMQTT(t *testing.T) {
	const token = "q8Zt3Kx9Lm2Vb7Nc5RwY"
	packet := func(variable string) string { return "\x10" + mqttSized(mqttText("MQTT")+variable) }
	for name, form := range map[string]func(s ...string) string{
		"password": func(s ...string) string {
			return packet("\x04\xc2\x00\x3c" + mqttText("sensor-7") + mqttText("ann") + mqttText(s[0]))
		},
		"token as the user": func(s ...string) string {
			return packet("\x04\x82\x00\x3c" + mqttText("sensor-7") + mqttText(s[1]))
		},
		"will": func(s ...string) string {
			return packet("\x04\xc6\x00\x3c" + mqttText("sensor-7") + mqttText("gone") + mqttText("bye") + mqttText("ann") + mqttText(s[0]))
		},
		"version 3": func(s ...string) string {
			return "\x10" + mqttSized(mqttText("MQIsdp")+"\x03\xc2\x00\x3c"+mqttText("sensor-7")+mqttText("ann")+mqttText(s[0]))
		},
		"version 5": func(s ...string) string {
			properties := "\x11\x00\x00\x00\x3c\x21\x00\x14\x17\x01\x15" + mqttText("SCRAM-SHA-1") + "\x16" + mqttText(s[0]) +
				"\x26" + mqttText("api_key") + mqttText(s[1]) + "\x26" + mqttText("region") + mqttText("eu")
			return packet("\x05\xc6\x00\x3c" + mqttSized(properties) + mqttText("sensor-7") +
				mqttSized("\x02\x00\x00\x00\x0a\x03"+mqttText("text/plain")) + mqttText("gone") + mqttText("bye") + mqttText("ann") + mqttText(s[0]))
		},
		"all properties": func(s ...string) string {
			properties := "\x01\x01\x19\x01\x17\x00\x21\x00\x01\x22\x00\x02\x02abcd\x11abcd\x18abcd\x27abcd\x03" + mqttText("a/b") +
				"\x08" + mqttText("reply") + "\x09" + mqttText("x") + "\x15" + mqttText("y") + "\x26" + mqttText("password") + mqttText(s[0])
			return packet("\x05\x02\x00\x3c" + mqttSized(properties) + mqttText("sensor-7"))
		},
		"followed": func(s ...string) string {
			return packet("\x04\xc2\x00\x3c"+mqttText("sensor-7")+mqttText("ann")+mqttText(s[0])) + "\x30\x09" + mqttText("t") + "hello\x00"
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := form("swordfish", token)
			got := string(red.Body("", []byte(in)))
			// Each text with its new length is what the packet has.
			want := form(red.Value("password", "swordfish"), red.Value("token", token))
			if got != want || got == in {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			if again := string(red.Body("", []byte(got))); again != got {
				t.Errorf("redacted twice: %q", again)
			}
		})
	}
	for name, in := range map[string]string{
		"no password":     packet("\x04\x02\x00\x3c" + mqttText("sensor-7")),
		"a short length":  "\x10\x10" + mqttText("MQTT") + "\x04\xc2\x00\x3c" + mqttText("sensor-7") + mqttText("ann") + mqttText("swordfish"),
		"more than said":  "\x10\x7f" + mqttText("MQTT") + "\x04\xc2\x00\x3c" + mqttText("sensor-7"),
		"another name":    "\x10" + mqttSized(mqttText("MQTX")+"\x04\xc2\x00\x3c"+mqttText("sensor-7")+mqttText("ann")+mqttText("swordfish")),
		"unknown setting": packet("\x05\xc2\x00\x3c" + mqttSized("\x7f\x00") + mqttText("sensor-7") + mqttText("ann") + mqttText("swordfish")),
		"the start":       "\x10",
		"a long length":   "\x10\xff\xff\xff\xff\x7f",
	} {
		if got := string(red.Body("", []byte(in))); got != in {
			t.Errorf("%s: %q", name, got)
		}
	}
	key := "\x00\xff\xfe\xfd\xfc\xfb\xfa\xf9"
	if got := string(red.Body("", []byte(packet("\x04\xc2\x00\x3c"+mqttText("s")+mqttText("ann")+mqttText(key))))); strings.Contains(got, key) {
		t.Errorf("a key of bytes is shown: %q", got)
	}
}
