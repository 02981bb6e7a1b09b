package form_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/form"
)

// bits is text that looks random, with letters of both cases and digits.
const bits = "aZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sDaZ3kP9qR7tY2wE5uI8oL1mN4bV6cX0sD"

// judge compares what a function says of words with the lists of those that it shall accept and
// refuse.
func judge(t *testing.T, f func(string) bool, accepted, refused []string) {
	t.Helper()
	for _, w := range accepted {
		if !f(w) {
			t.Errorf("%q is refused", w)
		}
	}
	for _, w := range refused {
		if f(w) {
			t.Errorf("%q is accepted", w)
		}
	}
}

func TestIsRandom(t *testing.T) {
	judge(t, form.IsRandom, []string{
		bits[:31], bits[:32], bits + "-" + bits,
		"x-" + bits[:16] + "-abcdefghijklmnop",
		"QwErTyUiOpAsDfGhJkLzXcVbNmQwErTy", // no digits, but the case changes
		"aB3dE4f-G5hJ6kL_7mN8pQ9-rS0tU1v_",
	}, []string{
		bits[:30],
		"getUserAccountRecoverySettingsBy", // words
		"6dcb09b5b57875f334f61aebed695e2e4193db5e",
		"550e8400-e29b-41d4-a716-446655440000",
		"MDQ6VXNlcjEwMDAwMDAwMDAwMDAwMDAw", // base64 of text
		"customer_" + bits[:24],
		strings.Repeat(bits, 65), // longer than 4 KiB
		"AAAAB3NzaC1yc2EAAAADAQABAAABgQDZ3kP9qR7tY2wE5",
	})
}

func TestIsPrefixedID(t *testing.T) {
	judge(t, form.IsPrefixedID, []string{"cus_A1b2C3d4", "pay_in_" + bits[:24], "ab_12345678"},
		[]string{"cus_A1b2C3d", "a_A1b2C3d4", "cus_" + bits[:25], "Cus_A1b2C3d4", "cus_A1b2-3d4", "cusA1b2C3d4",
			"abcdefghijklmnopqrstuvwxy_A1b2C3d4"})
}

func TestKnown(t *testing.T) {
	hex := strings.Repeat("0a1b2c3d", 5)
	for want, words := range map[string][]string{
		form.JWT: {"eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "ewogICJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn"},
		form.Token: {
			"AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXA", "SK" + hex[:32], "key-" + hex[:32], "fc-" + bits[:32],
			"v1." + hex, "sk-" + bits[:20], "hf_" + bits[:25], "npm_" + bits[:30],
			hex[:32] + "-us1", hex[:32] + "-us123", "abc8Q~" + bits[:32],
			"MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde." + bits[:27],
		},
		form.Key: {"LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUU="},
		"": {
			"AKIAIOSFODN", "AKIAiosfodnn7example", "AKIA-IOSFODNN7EXA", "AKIA" + strings.ToUpper(bits[:21]),
			"SK" + hex[:31], "SK" + hex[:33], "SK" + hex[:31] + "x", "fc-" + bits[:31], "v1." + hex[:39] + "x",
			"sk-" + bits[:19], "sk-abcdefghijklmnopqrst", "sk-aaaaaaaaaaaaaaaaaaaaaa12", "hf_abcdefghijklmnopqrstuvwxyz",
			hex[:32] + "-eu1", hex[:32] + "-us", hex[:32] + "-us1234", hex[:32] + "-usx", "x" + hex[1:31] + "z-us1",
			"abcdQ~" + bits[:32], "abc8Q~" + bits[:29],
			"eyJhbGciOiJIUzI1NiJ9.e30", "eyJhbGciOiJI.e30.c2", "fooobarbazquxquux.e30.c2ln",
			"MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcd." + bits[:27], "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde." + bits[:24],
			"MTIzNDU2Nzg5MDEyMzQ1Njd4.Gabcde." + bits[:27], "XTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde." + bits[:27],
			"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUU=",
		},
	} {
		for _, w := range words {
			if kind, ok := form.Known(w); kind != want || ok != (want != "") {
				t.Errorf("%s is %q, %v, want %q", w, kind, ok, want)
			}
		}
	}
}

func TestIsCard(t *testing.T) {
	judge(t, func(w string) bool {
		var buf [19]byte
		d, ok := form.Digits(w, &buf)
		return ok && form.IsCard(d)
	}, []string{
		"4242424242424242", "4222222222222", "4242 4242 4242 4242", "4242-4242-4242-4242",
		"5105105105105100", "5555555555554444", "2221000000000009", "2720990000000007",
		"343434343434343", "378282246310005", "36227206271667", "38520000023237", "30569309025904",
		"6011111111111117", "6221260000000000", "3530111333300000", "6759649826438453",
	}, []string{
		"4242424242424241", "42424242424242", "424242424242424", "5005105105105101x", "2220990000000006",
		"2721000000000004", "353434343434341", "3782822463100050", "3622720627166", "36227206271668",
		"4242 4242 4242 424a", "4242  4242 4242 4242", " 4242424242424242", "4242424242424242-", "0000000000000000",
		"42424242424242424242", "305693090259040",
	})
}

func TestIsNationalID(t *testing.T) {
	judge(t, form.IsNationalID, []string{
		"123-45-6789", "899-99-9999", "529.982.247-25", "AB123456C", "CE123456D",
		"131052-308T", "010101A123N", "811228-9874", "19811228-9874", "12345678Z", "12345678-Z", "X1234567L", "Y1234567X",
		"RSSMRA85T10A562S", "11010519491231002X",
		"DE89370400440532013000", "GB82WEST12345698765432", "NO9386011117947",
	}, []string{
		"000-45-6789", "666-45-6789", "900-45-6789", "123-00-6789", "123-45-0000", "123-45-678", "1234-5-6789",
		"529.982.247-26", "529.982.247-35", "AB123456E", "DB123456A", "AO123456A", "ab123456c",
		"131052-308U", "321052-308T", "131352-308T", "131052/308T", "811228-9875", "813228-9874", "811328-9874",
		"12345678A", "1234567Z", "W1234567L", "X123456AL",
		"RSSMRA85T10A562T", "11010519491231002Y", "110105194912310021", "11010521491231002X", "11010519491331002X",
		"DE89370400440532013001", "de89370400440532013000", "DE8937040044", "NO938601111794",
	})
}

func TestIsPersonal(t *testing.T) {
	judge(t, form.IsPersonal, []string{"123456", "A12345", "12.345.678-9", "*****12345x", "AB 12 34 56",
		"1234567890123456789012345678901234567890", "ABCDEFGHIJ12345"},
		[]string{"12345", "ABCDEFGHIJK12345", "1234a", "12345_6", "550e8400-e29b-41d4-a716-446655440000",
			"123456789012345678901234567890123456789012"})
}

func TestEmail(t *testing.T) {
	for _, text := range []string{
		"«joe@example.com»", "mail «joe@example.com».", "«joe%40example.com»", "«joe@a-b.example.org»: x", "-«joe@example.com»",
		"«joe@bücher.example»", "«joe@example.co»", "«joe@a.b.png»",
		"joe@example", "joe@example.c", "git@example.com", "icon@2x.png", "icon@2x.jpg", "icon@2x.jpeg", "icon@2x.gif", "icon@2x.svg", "icon@2x.webp",
		"icon@2x.ico", "icon@2x.css", "icon@2x.js", "joe@.com", "joe@example.c0m", "joe@1.2.png", "joe%41example.com",
		"joe@example.", "@example.com",
	} {
		plain := strings.NewReplacer("«", "", "»", "").Replace(text)
		from, rest, has := strings.Cut(text, "«")
		want, _, _ := strings.Cut(rest, "»")
		i := max(strings.LastIndexByte(plain[:strings.IndexAny(plain, "@%")], ' ')+1, 0)
		start, end, ok := form.Email(plain, i, strings.IndexAny(plain, "@%"))
		if ok != has || ok && (plain[start:end] != want || start != len(from)) {
			t.Errorf("%s: %v, %q", text, ok, plain[start:end])
		}
	}
}

func TestPEMBlock(t *testing.T) {
	const private = "-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----"
	for _, tt := range []struct {
		text    string
		end     int
		private bool
	}{
		{private, len(private), true},
		{private + "\nx-----", len(private), true},
		{"-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----", 57, false},
		{"-----BEGIN OpenVPN Static key V1-----\nabc\n-----END OpenVPN Static key V1-----", 77, true},
		{"-----BEGIN PRIVATE KEY-----\nabc", 31, true},
		{"-----BEGIN RSA PRIV", 19, true},
	} {
		if end, private := form.PEMBlock(tt.text, 0); end != tt.end || private != tt.private {
			t.Errorf("%q: %d, %v, want %d, %v", tt.text, end, private, tt.end, tt.private)
		}
	}
}

func TestDates(t *testing.T) {
	judge(t, form.IsDateLike, []string{"2026-11-20", "2026-11-20T09:00:00Z", "2026-11-20 09:00"},
		[]string{"2026-11-2", "2026/11/20", "2026-11-20x", "20261120T0900", "2026-11-20T" + strings.Repeat("0", 30)})
	judge(t, form.IsTimeLike, []string{"2026-11-20T09:00:00Z", "2026-11-20t"},
		[]string{"2026-11-20", "2026-11-20 09", "x026-11-20T", "202611-20aT", "2026-1120aT"})
}

func TestIsPublicKey(t *testing.T) {
	judge(t, form.IsPublicKey, []string{"ssh-rsa AAAA", "ssh-ed25519 AAAA", "ecdsa-sha2-nistp256 A", "AAAAB3NzaC1", "AAAAC3NzaC1", "AAAAE2VjZHNh", "AAAAG2Vjx"},
		[]string{"ssh-rsa-x", "ssh-rsa", "AAAAB3Ny1", "BAAAB3NzaC1"})
}

func TestIsEncodedFile(t *testing.T) {
	judge(t, func(w string) bool { return form.IsEncodedFile(w, max(strings.IndexByte(w, '/'), -1)+1) },
		[]string{"iVBORw0KGgoA", "R0lGODlh", "UklGRg", "UEsDBBQA", "JVBERi0x", "H4sIAAAAA", "PHN2Zyb", "d09GMg", "d09GRg", "/9j/4AAQ"},
		[]string{"iVBORw0KGg", "R0lGO", "UklG", "JVBER", "H4sIAAA", "PHN2Z", "d09GX", "9j/4AAQ", "/9j/5", "abc"})
}
