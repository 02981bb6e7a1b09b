package command_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/command"
)

// TestPassword finds the password that is between « and » in a command line, or none. The option is
// the last word of a line that starts with a hyphen and is followed by it.
func TestPassword(t *testing.T) {
	for _, text := range []string{
		"curl -u joe:«x1»", "curl -ujoe:«x1» a", "curl -sSu joe:«x1»", "curl --user=joe:«x1»", `curl --user "joe:«x1»"`,
		"curl -H 'a: b; c' -u joe:«x1»", "curl -u joe", "curl -u :x1", "chown -u joe:x1", "curl -E a.pem:«x1»", "curl -b sid=«x1»", "curl -b file",
		"mysql -p«x1» db", "mysql -p db", "mysql -p'«x1»'", "/usr/bin/mysqldump -p«x1»", "mkdir -px1",
		"sshpass -p «x1» ssh", "sshpass -p«x1» ssh", "ssh -p 22", "podman login -p«x1»", "docker run -p 80:80",
		"http -a joe:«x1»", "xh -a joe:«x1»", "ls -a joe:x1", "https --auth joe:«x1»", "git --auth joe:x1",
		"smbclient -U joe%«x1»", `smbclient -U 'DOM\joe%«x1»'`, "lftp -u joe,«x1»", "sqlcmd -P«x1»", "ldapsearch -w «x1»", "grep -w x1",
		"tool --password «x1»", "tool --password $X", "tool --password -x", "tool --colour x1", "tool -password «x1»", "tool -password words",
		"keytool -storepass «words»", "plink -pw «x1»", "tool -pw x1", "kubectl --from-literal=a=«x1»", "redis-cli -a «x1»",
		`["mysql", "-p«x1»"]`, `["curl","-u","joe:«x1»"]`, "echo a; mysql -p«x1»", "mysql; tool -px1",
	} {
		t.Run(text, func(t *testing.T) {
			before, rest, has := strings.Cut(text, "«")
			plain := strings.NewReplacer("«", "", "»", "").Replace(text)
			want := ""
			if has {
				want, _, _ = strings.Cut(rest, "»")
			}
			i := strings.LastIndex(plain, " -") + 1
			if i == 0 || strings.Contains(plain, `"-`) {
				i = strings.LastIndex(plain, `"-`) + 1
			}
			j := i + 1
			for j < len(plain) && strings.IndexByte(` ="':,%;`, plain[j]) < 0 {
				j++
			}
			start, end, ok := command.Password(plain, i, j)
			if ok != has || ok && (plain[start:end] != want || start != len(before)) {
				t.Errorf("%v, %q", ok, plain[start:end])
			}
		})
	}
}

func TestPiped(t *testing.T) {
	for _, text := range []string{
		"echo «x1» | sudo -S ls", "echo -n '«x1»' | docker login --password-stdin", "echo two words | sudo -S ls", "echo x1 | grep y",
		"echo 'joe:«x1»' | chpasswd", "printf x1", "echo $X | sudo -S ls",
	} {
		plain := strings.NewReplacer("«", "", "»", "").Replace(text)
		_, rest, has := strings.Cut(text, "«")
		want, _, _ := strings.Cut(rest, "»")
		start, end, ok := command.Piped(plain, 0, strings.IndexByte(plain, ' '))
		if ok != has || ok && plain[start:end] != want {
			t.Errorf("%s: %v, %q", text, ok, plain[start:end])
		}
	}
}
