package redact_test

import (
	"strings"
	"testing"
)

// TestObjectEdges checks which values in braces below a secret name are redacted, up to where the
// object ends.
func TestObjectEdges(t *testing.T) {
	checkEdges(t, []edge{
		{"one value", "secret={«abc»} abc"},
		{"names and values", "secret={one: «abc», two=«def», three => «ghi»} abc"},
		{"what describes", "secret={type: abc, x: «def»}"},
		{"nested", "secret={a: {b: [«abc», {c: «def»}]}, d: «ghi»} abc"},
		{"list in an object", "secret={[«abc», «def»]} abc"},
		{"quotes", `secret={"a": "«b c»", 'd': '«ef»'} "abc"`},
		{"quote in a value", `secret={a: "«b\"c»", d: «ef»}`},
		{"value with a slash", "secret={a: «bc/de»} f"},
		{"literals", "secret={a: true, b: null, c: «true1»}"},
		{"literal as a name", "secret={true: «abc»}"},
		{"placeholder", "secret={a: [redacted:secret:0123456789], b: «cd»}"},
		{"not closed", "secret={a: «bc»"},
		{"empty", "secret={} abc"},
		{"another after it", "secret={a: «bc»} secret={d: «ef»} abc"},
		{"no secret", "colour={a: bc}"},
	})
}

// TestElementEdges checks which texts and attributes below a secret element are redacted.
func TestElementEdges(t *testing.T) {
	checkEdges(t, []edge{
		{"elements", "<secret><a>«bc»</a><d>«ef»</d></secret><a>bc</a>"},
		{"text after an element", "<secret><a>«bc»</a>«de»</secret>fg"},
		{"blanks", "<secret>\n\t<a> «bc» </a>\n</secret>"},
		{"attributes that hold values", `<secret><a value="«bc»" href="de" content='«fg»'/></secret><a value="bc"/>`},
		{"prefix", "<x:secret><x:a>«bc»</x:a></x:secret><x:a>bc</x:a>"},
		{"section", "<secret><a><![CDATA[«b <c>»]]></a></secret>"},
		{"section not closed", "<secret><a><![CDATA[«bc»</secret>"},
		{"what describes", "<secret><type>bc</type><x>«de»</x></secret>"},
		{"other name that begins alike", "<secretary><a>bc</a></secretary>"},
		{"cut off", "<secret><a>«bc»</a>"},
		{"comment", "<secret><!-- x -->«bc»</secret>"},
		{"comment not closed", "<secret><!-- bc</secret>"},
		{"attributes of the element", `<secret id="1">«bc»</secret>`},
		{"empty element", "<secret/>bc"},
		{"text and a tag", "<secret>«bc»<br/>«de»</secret> fg"},
		{"cut", "a <secret> «bc»"},
		{"usage", "tool <secret> bc <name>"},
		{"text and comment", "<secret>«bc»<!-- x --></secret>"},
	})
	long := strings.Repeat("<b>x1</b>", 8000) // longer than what is searched for the end of an element
	checkEdges(t, []edge{{"end far away", "<secret>" + long + "</secret>"}})
}

// TestGrantEdges checks when a value called code is an authorization code: beside the names of a
// grant.
func TestGrantEdges(t *testing.T) {
	for _, tt := range []struct{ query, want string }{
		{"code=abcd&state=xyz", "code=*&state=*"},
		{"code=abcd", "code=abcd"},
		{"code=abcd&grant_type=authorization_code", "code=*&grant_type=authorization_code"},
		{"code=abcd&redirect_uri=x", "code=*&redirect_uri=x"},
		{"code=abcd&code_verifier=x", "code=*&code_verifier=*"},
		{"code=abcd&client_id=x", "code=*&client_id=x"},
		{"CODE=abcd&STATE=xyz", "CODE=*&STATE=*"},
		{"code=404&state=open", "code=404&state=open"},
		{"code=4040&state=x", "code=*&state=*"},
		{"state=xyz", "state=xyz"},
		{"response_type=code&state=xyz", "response_type=code&state=*"},
		{"error=denied&state=xyz", "error=denied&state=*"},
		{"zipcode=abcd&state=ny", "zipcode=abcd&state=ny"},
	} {
		t.Run(tt.query, func(t *testing.T) {
			if got := strings.ReplaceAll(stars(red.Query(tt.query)), "[redacted:secret:*]", "*"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
