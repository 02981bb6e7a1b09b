npm='verdaccio@6.8.0' ready=/-/ping mark='"old": *"1.1.0"'
read='getPackageDistTags {"id":"beta"}' want=1.0.0 write='replacePackageDistTagsOld {"id":"beta","requestBody":"1.1.0"}'
start() {
  printf '%s\n' 'storage: ./s' 'auth: {htpasswd: {file: ./h}}' 'log: {type: stdout, level: warn}' \
    "packages: {'**': {access: \$all, publish: \$authenticated, unpublish: \$authenticated}}" >v.yaml
  verdaccio -c v.yaml -l 127.0.0.1:$PORT
}
drive() {
  export npm_config_userconfig=$PWD/rc npm_config_cache=$PWD/c npm_config_registry=$B/ npm_config_loglevel=error
  export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
  curl -s -X PUT -H content-type:application/json -d '{"name":"ann","password":"secret99"}' $B/-/user/org.couchdb.user:ann | tr -d '\n' |
    sed 's/.*"token": *"\([^"]*\).*/\1/' >token
  echo "//${B#*//}/:_authToken=$(cat token)" >rc; npm whoami; mkdir app
  for n in alpha beta gamma; do
    mkdir $n
    for v in 1.0.0 1.1.0; do echo "{\"name\":\"$n\",\"version\":\"$v\",\"description\":\"the $n\"}" >$n/package.json; (cd $n; npm publish); done
    npm dist-tag add $n@1.0.0 old; npm dist-tag ls $n; npm view $n version
  done
  npm dist-tag rm alpha old; npm search beta; npm view nope || true; npm deprecate beta@1.0.0 "old one"; npm unpublish -f gamma@1.0.0
  cd app; echo '{"dependencies":{"alpha":"1","beta":"1.0.0"}}' >package.json; npm i; npm ping
}
arrived() { curl -s $B/-/package/beta/dist-tags; }
