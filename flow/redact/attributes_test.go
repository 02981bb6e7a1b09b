package redact_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestAttributesThatName checks each attribute that may name the value of its element.
func TestAttributesThatName(t *testing.T) {
	for attribute := range strings.FieldsSeq(`name id key type property itemprop field data-name data-key formcontrolname
		param n k NAME`) {
		for _, text := range []string{`<input %s="password" value="«sword fish»">`, `<x value="«sword fish»" %s="password">`} {
			text = fmt.Sprintf(text, attribute)
			checkEdges(t, []edge{{text, text}})
		}
	}
	checkEdges(t, []edge{{"another", `<x rel="password" value="swordfish">`}})
}

// TestPasswordSchemes checks each scheme that is written in braces before a password or its hash.
func TestPasswordSchemes(t *testing.T) {
	hash := strings.Repeat("aB1+", 8)
	for scheme := range strings.FieldsSeq("SHA SSHA MD5 SMD5 CRYPT SHA256 SSHA256 SHA512 SSHA512 PBKDF2 ARGON2 noop PLAIN CLEAR CLEARTEXT bcrypt") {
		text := "userPassword {" + scheme + "}«" + hash + "»"
		checkEdges(t, []edge{{text, text}})
	}
}
