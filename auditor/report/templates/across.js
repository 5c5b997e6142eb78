(function(){
'use strict';
var D=JSON.parse(document.getElementById('data').textContent);
function $(id){return document.getElementById(id)}
function el(tag,text,css){var e=document.createElement(tag);if(text!==undefined)e.textContent=text;if(css)e.className=css;return e}
function rows(table){return [].slice.call(table.tBodies[0].rows).filter(function(r){return !r.classList.contains('detail')})}
function shut(table){[].forEach.call(table.querySelectorAll('tr.detail'),function(r){r.remove()});[].forEach.call(table.querySelectorAll('[aria-expanded=true]'),function(b){b.setAttribute('aria-expanded','false')})}
function pct(x){return (100*x).toFixed(1)+'%'}
function sortBy(table,column,down){
 shut(table);
 var sorted=rows(table).map(function(r,n){var c=r.cells[column],v=c.dataset.v===undefined?c.textContent:c.dataset.v;return [v===''?null:isNaN(v)?v:+v,n,r]});
 sorted.sort(function(a,b){var x=a[0],y=b[0],s;if(x===null||y===null){s=(x===null)-(y===null);return s||a[1]-b[1]}s=typeof x==='number'&&typeof y==='number'?x-y:String(x).localeCompare(String(y),'zh');return (down?-s:s)||a[1]-b[1]});
 sorted.forEach(function(s){table.tBodies[0].appendChild(s[2])});
 [].forEach.call(table.tHead.rows[0].cells,function(th,n){if(n===column)th.setAttribute('aria-sort',down?'descending':'ascending');else th.removeAttribute('aria-sort')});
 bands();
}
[].forEach.call(document.querySelectorAll('table.sortable'),function(table){
 [].forEach.call(table.tHead.rows[0].cells,function(th,n){var b=th.querySelector('button');if(b)b.addEventListener('click',function(){var now=th.getAttribute('aria-sort');sortBy(table,n,now?now==='ascending':!!th.dataset.down)})});
});
var places=$('places'),features=$('features'),measure=$('measure');
function bands(){
 if(!places)return;var first=places.tHead.rows[0].cells[0].hasAttribute('aria-sort'),last=null;
 rows(places).forEach(function(r){if(r.hidden)return;var b=r.cells[0].textContent;r.classList.toggle('band',first&&last!==null&&b!==last);last=b});
}
function placesBy(name){
 var known={};D.places[name].forEach(function(p){known[p[0]]=p});
 rows(places).forEach(function(r){
  var p=known[r.dataset.row],c=r.cells;
  c[0].textContent=p?p[1]:'';c[0].dataset.v=p?p[1]:'';
  c[1].textContent=p?p[2]+'–'+p[3]:'';c[1].dataset.v=p?p[2]:'';
  c[3].textContent=p?pct(p[4]):'';c[3].dataset.v=p?p[4]:'';
  c[4].dataset.v=p?p[5]:'';var s=c[4].querySelector('svg');if(s)s.style.visibility=p?'visible':'hidden';
  if(s&&p){s.setAttribute('aria-label',pct(p[5])+'–'+pct(p[6]));s.querySelector('.i').setAttribute('x',100*p[5]);s.querySelector('.i').setAttribute('width',100*(p[6]-p[5]));s.querySelector('.p').setAttribute('x',100*p[4]-.6)}
 });
 sortBy(places,3,true);sortBy(places,0,false);
}
measure.addEventListener('change',function(){placesBy(measure.value)});
var heat=$('heat');
function heatRows(){return [].slice.call(heat.tBodies[0].rows)}
function sortHeat(th,at){
 var down=at&&th.getAttribute('aria-sort')!=='descending';
 heatRows().map(function(r){var t=at?r.cells[at].textContent:r.dataset.row;return [t===''?-1:+t,+r.dataset.row,r]}).sort(function(a,b){return (down?b[0]-a[0]:a[0]-b[0])||a[1]-b[1]}).forEach(function(x){heat.tBodies[0].appendChild(x[2])});
 [].forEach.call(heat.querySelectorAll('thead [aria-sort]'),function(x){x.removeAttribute('aria-sort')});
 th.setAttribute('aria-sort',down?'descending':'ascending');
}
var heads=[heat.querySelector('.corner')].concat([].slice.call(heat.querySelectorAll('.item th')));
heads.forEach(function(th,at){th.querySelector('button').addEventListener('click',function(){sortHeat(th,at)})});
function sayCell(td){
 var row=td.closest('tr');
 $('heat-said').textContent=row.dataset.name+' · '+heads[td.cellIndex].textContent.trim()+' · '+(td.textContent===''?'—':td.textContent+'%');
}
heat.addEventListener('mouseover',function(e){var td=e.target.closest('td');if(td)sayCell(td)});
heat.addEventListener('click',function(e){
 var td=e.target.closest('td'),b=e.target.closest('.open');
 if(b)showCity(b.closest('tr').dataset.row);
 if(td){sayCell(td);$('item').value=heads[td.cellIndex].textContent.trim().split(' ')[0];showItem();$('s-item-matrix').scrollIntoView()}
});
function showCity(row){
 var found=rows(places).filter(function(r){return r.dataset.row===row})[0];if(!found)return;
 var b=found.querySelector('.open');if(b.getAttribute('aria-expanded')!=='true')unfold(b,places,cityDetail);
 $('s-places').scrollIntoView();found.scrollIntoView({block:'center'});b.focus({preventScroll:true});
}
function count(out,n,all){out.textContent=D.say.shown_count.replace('{n}',n).replace('{all}',all)}
function named(r,asked){return !asked||r.dataset.name.toLowerCase().indexOf(asked)>=0}
function findCities(){
 var asked=$('city').value.trim().toLowerCase(),all=rows(places),n=0,h=0,heated=heatRows();shut(places);
 all.forEach(function(r){var ok=named(r,asked);r.hidden=!ok;n+=ok});
 heated.forEach(function(r){var ok=named(r,asked);r.hidden=!ok;h+=ok});
 count($('cities-shown'),n,all.length);count($('heat-shown'),h,heated.length);bands();showItem();
}
[].forEach.call(document.querySelectorAll('[data-city]'),function(box,at,boxes){
 box.addEventListener('input',function(){[].forEach.call(boxes,function(other){other.value=box.value});findCities()});
});
function findFeatures(){
 var asked=$('feature').value.trim().toLowerCase(),domain=$('domain').value,level=$('level').value,all=rows(features),n=0;shut(features);
 all.forEach(function(r){var ok=(!asked||r.textContent.toLowerCase().indexOf(asked)>=0)&&(!domain||r.dataset.domain===domain)&&(!level||r.dataset.level===level);r.hidden=!ok;n+=ok});
 count($('features-shown'),n,all.length);
}
['feature','domain','level'].forEach(function(id){$(id).addEventListener('input',findFeatures)});
function unfold(button,table,fill){
 var row=button.closest('tr'),open=button.getAttribute('aria-expanded')==='true';shut(table);if(open)return;
 button.setAttribute('aria-expanded','true');
 var more=el('tr',undefined,'detail'),cell=more.insertCell();cell.colSpan=row.cells.length;fill(cell,row);row.after(more);
}
function cityDetail(cell,row){
 var at=+row.dataset.row,table=el('table'),head=table.createTHead().insertRow();head.appendChild(el('th',D.say.coverage));
 D.levels.forEach(function(l){head.appendChild(el('th',l))});
 var body=table.createTBody();D.domains.forEach(function(name,n){var r=body.insertRow();r.appendChild(el('td',name));D.coverage[at][n].forEach(function(v){r.appendChild(el('td',v<0?'—':v+'%','num'))})});
 cell.appendChild(counts(D.shown[at]));cell.appendChild(table);
 if(D.reports[at]){var p=el('p'),a=el('a',D.say.report);a.href=D.reports[at];p.appendChild(a);cell.appendChild(p)}
}
function counts(codes){
 var p=el('p'),n={};[].forEach.call(codes,function(c){n[c]=(n[c]||0)+1});
 D.cells.forEach(function(cell,c){if(n[c]){p.appendChild(el('span',D.words[c]+' '+n[c],'pill v-'+cell));p.appendChild(document.createTextNode(' '))}});return p;
}
function featureDetail(cell,row){
 var at=+row.dataset.row;
 D.cells.forEach(function(name,c){
  var found=D.places.mean.map(function(p){return p[0]}).filter(function(k){return D.shown[k].charAt(at)===String(c)});
  if(!found.length)return;var p=el('p');p.appendChild(el('span',D.words[c]+' '+found.length,'pill v-'+name));
  p.appendChild(document.createTextNode(' '+found.map(function(k){return D.keys[k]+(D.decided[k].indexOf(at)>=0?'✓':'')}).join('、')));cell.appendChild(p);
 });
}
places.addEventListener('click',function(e){var b=e.target.closest('.open');if(b)unfold(b,places,cityDetail)});
features.addEventListener('click',function(e){var b=e.target.closest('.open');if(b)unfold(b,features,featureDetail)});
function showItem(){
 var item=$('item').value,box=$('grid');box.textContent='';if(!item)return;
 var ids=[];D.features.forEach(function(id,n){if(id.indexOf(item+'-')===0)ids.push(n)});
 var asked=$('city').value.trim().toLowerCase(),table=el('table',undefined,'grid'),head=table.createTHead().insertRow();head.appendChild(el('th',D.say.city));
 ids.forEach(function(n){head.appendChild(el('th',D.features[n].slice(item.length+1)))});
 var body=table.createTBody();
 D.keys.forEach(function(key,k){if(asked&&key.toLowerCase().indexOf(asked)<0)return;var r=body.insertRow();r.appendChild(el('td',key,'name'));
  ids.forEach(function(n){var c=+D.shown[k].charAt(n);r.appendChild(el('td',D.words[c]+(D.decided[k].indexOf(n)>=0?'✓':''),'c v-'+D.cells[c]))})});
 box.appendChild(table);
}
$('item').addEventListener('input',showItem);
findCities();findFeatures();
})();
