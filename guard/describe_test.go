package guard

import (
	"strconv"
	"strings"
	"testing"
)

func TestDescribeBody(t *testing.T) {
	png := "\x89PNG\x00\x01\x02\xff\xfe\x03\x04\x05"
	for _, tt := range []struct{ name, body, want string }{
		{"none", "", ""},
		{"text", "pay 5 to bob\n", `: pay 5 to bob\x0a`},
		{"text that hides", "pay\u202e 5\u200b to \x7fbob\U000e0041", `: pay\u202e 5\u200b to \x7fbob\U000e0041`},
		{"escape sequence", "pay 500 to bob, and much more text\x1b[2J", ` with the SHA-256 digest 463c`},
		{"bytes", png, ` with the SHA-256 digest`},
		{"long text", strings.Repeat("a", 100) + "END", ": " + strings.Repeat("a", 30) + " … (63 characters are not shown) … aaaaaaaEND"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := DescribeBody([]byte(tt.body), 40)
			if tt.name != "bytes" && tt.name != "escape sequence" && got != tt.want || !strings.HasPrefix(got, tt.want[:min(len(tt.want), 24)]) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if got := DescribeBody([]byte(png), 40); !strings.HasSuffix(got, " that begin in hexadecimal with 89504e47000102fffe030405") {
		t.Errorf("got %q", got)
	}
	if got := DescribeBody([]byte("pay 500 to bob, and much more text\x1b[2J"), 60); !strings.HasSuffix(got, `: pay 500 to bob, and much more text\x1b[2J`) {
		t.Errorf("got %q", got)
	}
	if got := DescribeBody([]byte(strings.Repeat("\x00", 1000)), 40); !strings.HasSuffix(got, " with "+strings.Repeat("00", maxHex)) {
		t.Errorf("got %q", got)
	}
}

// TestDescribeBodyThatIsNotAllText checks that a body is shown as text if at least 80 percent of its
// characters are, and in hexadecimal otherwise.
func TestDescribeBodyThatIsNotAllText(t *testing.T) {
	const hex = " that begin in hexadecimal with "
	for _, tt := range []struct{ name, body, want string }{
		{"80 percent", "textmore\x00\x00", `: textmore\x00\x00`},
		{"85 percent", "textmoretextmoret\x00\x00\x00", `: textmoretextmoret\x00\x00\x00`},
		{"79 percent", "textmoretextmor\x00\x00\x00\x00", hex + "746578746d6f7265746578746d6f7200000000"},
		{"another charset", "caf\xe9", hex + "636166e9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := DescribeBody([]byte(tt.body), 40)
			if !strings.HasPrefix(got, " with the SHA-256 digest ") || !strings.HasSuffix(got, tt.want) {
				t.Errorf("got %q, want %q behind the digest", got, tt.want)
			}
		})
	}
}

// TestExcerptList checks that long texts hide no short one, and that nothing but the middle of long
// ones is missing.
func TestExcerptList(t *testing.T) {
	long := strings.Repeat("x", 500)
	cut := strings.Repeat("x", 45) + " … (440 characters are not shown) … " + strings.Repeat("x", 15)
	for _, tt := range []struct {
		name  string
		list  []string
		limit int
		want  string
	}{
		{"none", nil, 10, ""},
		{"short", []string{"a", "b\n"}, 10, `a; b\x0a`},
		{"between long ones", []string{long, "to: mallory", long}, 100, cut + "; to: mallory; " + cut},
		{"the limit is shared", []string{"ab", long}, 204, "ab; " + strings.Repeat("x", 150) + " … (300 characters are not shown) … " + strings.Repeat("x", 50)},
		{"all fit", []string{long, long}, 1002, long + "; " + long},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ExcerptList(tt.list, "; ", tt.limit); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	many := make([]string, maxListed+2)
	for i := range many {
		many[i] = strconv.Itoa(i)
	}
	if got, want := ExcerptList(many[:maxListed], " ", 10), strings.Join(many[:maxListed], " "); got != want {
		t.Errorf("as many as are listed: %q", got)
	}
	got := ExcerptList(many, " ", 10)
	if !strings.HasPrefix(got, "0 1 2") || !strings.Contains(got, " 249 … (2 more are not shown) … 252 ") || !strings.HasSuffix(got, " 501") {
		t.Errorf("got %q", got)
	}
}

// TestExcerptsOfRequests checks that each segment, parameter, member and line is shown.
func TestExcerptsOfRequests(t *testing.T) {
	long := strings.Repeat("x", 500)
	if got := ExcerptURL("http://h/"+long+"/mallory/"+long+"?a="+long+"&to=bob&z="+long, 300); !strings.Contains(got, "/mallory/") || !strings.Contains(got, "&to=bob&") {
		t.Errorf("the URL is %q", got)
	}
	for _, body := range []string{
		`{"a":"` + long + `","to":"bob","z":"` + long + `"}`, "a=" + long + "&\"to\":\"bob\"&z=" + long, long + "\n" + `"to":"bob"` + "\n" + long,
	} {
		if got := ExcerptBody(body, 300); !strings.Contains(got, `"to":"bob"`) {
			t.Errorf("the body is %q", got)
		}
	}
	if got, want := ExcerptBody(strings.Repeat("a,", 500), 300), Excerpt(strings.Repeat("a,", 500), 300); got != want {
		t.Errorf("the body of many members is %q", got)
	}
}

// TestDescribeParts checks that a file hides no field of a form.
func TestDescribeParts(t *testing.T) {
	file := strings.Repeat("\x00\xff", 1000)
	form := "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" + file + "\r\n--b\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\nbob\r\n--b--\r\n"
	longest := strings.ReplaceAll(form, "--b", "--"+strings.Repeat("b", 70))
	for _, body := range []string{form, longest} {
		got := DescribeBody([]byte(body), 1000)
		for _, want := range []string{` in parts: `, `name="file": 2000 bytes with the SHA-256 digest `, `name="to"\x0d\x0a\x0d\x0abob --\x0d\x0a`} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in %q", want, got)
			}
		}
	}
	for head, want := range map[string]string{
		"Content-Type: image/png\r\n": ` in parts: file: file "cat.png", image/png: 2000 bytes with the SHA-256 digest `,
		"":                            ` in parts: file: file "cat.png", of no type: 2000 bytes `,
		"X-To: bob\r\n":               `X-To: bob: 2000 bytes `,
		"Content-Disposition: form-data; name=\"to\"\r\n": `name="to": 2000 bytes `,
	} {
		body := strings.Replace(form, "name=\"file\"\r\n", "name=\"file\"; filename=\"cat.png\"\r\n"+head, 1)
		if got := DescribeBody([]byte(body), 1000); !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	for name, body := range map[string]string{
		"no boundary": "b\r\n\r\n" + file, "one part": "--b\r\n\r\n" + file, "many parts": strings.Repeat("--b\r\n\r\n\x00\xff\r\n", 20) + file,
		"long boundary": strings.ReplaceAll(form, "--b", "--"+strings.Repeat("b", 71)),
	} {
		if got := DescribeBody([]byte(body), 1000); !strings.Contains(got, " that begin in hexadecimal with ") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Letters that look like others are marked in all that a question shows of a call.
func TestExcerptMarks(t *testing.T) {
	const alike, want = "p\u0430y", "p\u0430[U+0430]y"
	for name, got := range map[string]string{
		"text": Excerpt(alike, 99), "list": ExcerptList([]string{"a", alike}, " ", 99), "URL": ExcerptURL("https://a/?to="+alike, 99), "body": ExcerptBody(`{"to":"`+alike+`"}`, 99),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
