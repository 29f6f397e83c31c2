(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = value => value == null ? '' : value.toLocaleString('en', { maximumFractionDigits: 1 });
  const percent = (u, value) => value == null ? '' : number(value) + ' %';
  const host = document.getElementById('whole');
  const size = () => ({ width: Math.max(320, host.clientWidth), height: 330 });
  let plot;

  function draw() {
    if (plot) {
      plot.destroy();
    }
    const stroke = css('--soft');
    const grid = { stroke: css('--line'), width: 1 };
    const axis = { stroke, grid, ticks: grid, labelSize: 26, font: '12px system-ui', values: (u, ticks) => ticks.map(number) };
    const line = (label, color) => ({ label, stroke: color, width: 2, points: { show: false }, value: percent });
    plot = new uPlot({
      ...size(),
      axes: [{ ...axis, label: 'rounds' }, { ...axis, label: '% of memory', size: 64 }],
      scales: { x: { time: false }, y: { range: [0, 52] } },
      series: [
        { label: 'round', value: (u, value) => number(value) },
        line('proactiveness ' + data.proactiveness, css('--accent')),
        line('default, asked', '#3fa66b'),
        line('default', '#b58a2e'),
        line('without', '#e8744f'),
      ],
    }, [data.rounds, data.with, data.asked, data.byDefault, data.without], host);
  }

  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  addEventListener('resize', () => plot.setSize(size()));
})();
