python=radicale module=radicale ready=/ export='--openapi 3.2' mark=from-mcp
export BASIC_AUTH=ann:secret9
read='propfindAnn {"displayname":"team","Depth":"1","requestBody":{"prop":{"displayname":null}}}' want='My team'
write='replaceAnn {"displayname":"team","annItem":"0f8fad5b-d9cb-469f-a165-70867728950e","requestBody":"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:m\r\nDTSTAMP:20261127T100000Z\r\nDTSTART:20261201T100000Z\r\nSUMMARY:from-mcp\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"}'

start() {
  echo $BASIC_AUTH >users; set -- --server-hosts 127.0.0.1:$PORT --storage-filesystem-folder c
  python3 -m radicale "$@" --auth-type htpasswd --auth-htpasswd-filename users --auth-htpasswd-encryption plain
}
drive() {
  a=$B/ann; c() { curl -so out -u $BASIC_AUTH "$@"; }; x() { c -X $1 -H 'Depth: 1' -H content-type:application/xml -d "<?xml version=\"1.0\"?>$3" $a/$2; }
  event() { printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20261127T100000Z\r\nDTSTART:20261201T1%s0000Z\r\nSUMMARY:Meeting %s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n' $1 $2 $2; }
  find='<propfind xmlns="DAV:"><prop><current-user-principal/><resourcetype/><displayname/><getetag/></prop></propfind>'
  dav='xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'; curl -so out $a/; x PROPFIND '' "$find"
  for k in team home club; do
    x MKCALENDAR $k/ "<C:mkcalendar $dav><set><prop><displayname>$k</displayname></prop></set></C:mkcalendar>"
    for i in 1 2 3; do u=$(cat /proc/sys/kernel/random/uuid); event $u $i | c -X PUT -H content-type:text/calendar --data-binary @- $a/$k/$u.ics; c $a/$k/$u.ics; done
    x PROPFIND $k/ "$find"
    x REPORT $k/ "<C:calendar-query $dav><prop><getetag/><C:calendar-data/></prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>"
  done
  x PROPPATCH team/ '<propertyupdate xmlns="DAV:"><set><prop><displayname>My team</displayname></prop></set></propertyupdate>'
  c -X MOVE -H "Destination: $a/home/$u.ics" $a/club/$u.ics; c -X DELETE $a/home/$u.ics; c $a/home/$u.ics; c -X DELETE $a/club/
}
arrived() { cat c/collection-root/ann/team/0f8fad5b-d9cb-469f-a165-70867728950e.ics; }
more() { echo 'mkcalendarAnn {"displayname":"tea","requestBody":{"set":{"prop":{"displayname":"Tea time"}}}} => 201
propfindAnn {"displayname":"tea","Depth":"0","requestBody":{"prop":{"displayname":null}}} => Tea time
reportAnn {"displayname":"home","Depth":"1","requestBody":{"prop":{"getetag":null,"C:calendar-data":null},"C:filter":{"C:comp-filter":{"name":"VCALENDAR"}}}} => Meeting 2'; }
